#include "core/similarity/bfloat16.h"

#include "core/wider.h"

namespace polyvocab {

POLYVOCAB_WIDER RowRounding bfloat16_rounding(const float* row, std::int64_t dim) {
  return RowRounding::of(row, dim, [](float value) { return from_bfloat16(to_bfloat16(value)); });
}

}  // namespace polyvocab
