// bfloat16 numbers, and how far a product of rows of them can be from the product of the rows themselves.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace polyvocab {

// Rounded to nearest, ties to even; subnormal numbers become zero, as the instructions read them.
inline std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7F800000U) == 0) return 0;
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

inline float from_bfloat16(std::uint16_t value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16); }

// The length of a row, and of what rounding takes from it.
struct RowRounding {
  double length = 0.0;
  double lost = 0.0;

  static RowRounding of(const float* row, std::int64_t dim) {
    double square = 0.0;
    double residual = 0.0;
    for (std::int64_t k = 0; k < dim; ++k) {
      const auto value = static_cast<double>(row[k]);
      const double difference = value - static_cast<double>(from_bfloat16(to_bfloat16(row[k])));
      square += value * value;
      residual += difference * difference;
    }
    // The sums' own rounding is far below this.
    return {std::sqrt(square) * (1.0 + 1e-12), std::sqrt(residual) * (1.0 + 1e-12)};
  }
};

// No product of a row `a` with a row whose length and loss are at most those of `b` is farther from the chain of fused
// multiply-adds than this: by Cauchy and Schwarz |(a+da).(b+db) - a.b| <= |da|(|b|+|db|) + |a||db|, and both sums are rounded
// once a dimension at most (the products are exact), whatever their order. Underflow is below the last term.
inline double bfloat16_margin(const RowRounding& a, const RowRounding& b, std::int64_t dim) {
  const double inputs = a.lost * (b.length + b.lost) + a.length * b.lost;
  const double sums = 2.0 * static_cast<double>(dim + 32) * 0x1p-24 * 1.01 * (a.length + a.lost) * (b.length + b.lost);
  return inputs + sums + 1e-30;
}

}  // namespace polyvocab
