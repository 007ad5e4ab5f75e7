// The product of two rows of floats in double: sixteen lanes, so that it is the same bits on every instruction set.
#pragma once

#include <cstdint>

namespace polyvocab {

double product(const float* a, const float* b, std::int64_t dim);

}  // namespace polyvocab
