// bfloat16 numbers, and how far a product of rows of them can be from the product of the rows themselves.
#pragma once

#include <bit>
#include <cstdint>

#include "core/similarity/row_rounding.h"

namespace polyvocab {

// Rounded to nearest, ties to even; subnormal numbers become zero, as the instructions read them.
inline std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t kept = (bits & 0x7F800000U) == 0 ? 0U : 0xFFFFFFFFU;  // no branch, so that loops become vectors
  return static_cast<std::uint16_t>(((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16) & kept);
}

inline float from_bfloat16(std::uint16_t value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16); }

RowRounding bfloat16_rounding(const float* row, std::int64_t dim);

// Both sums are rounded to nearest once a dimension at most (the products are exact), whatever their order.
inline double bfloat16_margin(const RowRounding& a, const RowRounding& b, std::int64_t dim) {
  return rounding_margin(a, b, dim, 2.0);
}

}  // namespace polyvocab
