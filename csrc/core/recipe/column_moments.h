// What a matrix's columns are like, for rows that are drawn.
#pragma once

#include <cstdint>

#include "core/recipe/element.h"

namespace polyvocab {

// Mean and population standard deviation of each column over the first `rows` rows, summed in double from the first
// row down.
void column_moments(const void* source, std::int64_t rows, std::int64_t dim, Element type, double* mean, double* std,
                    int threads);

}  // namespace polyvocab
