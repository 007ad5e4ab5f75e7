// How far a product of rows of short numbers can be from the product of the rows themselves.
#pragma once

#include <cmath>
#include <cstdint>
#include <numeric>

namespace polyvocab {

// The length of a row, and of what rounding its numbers takes from it.
struct RowRounding {
  double length = 0.0;
  double lost = 0.0;

  // The sums' own rounding is far below what this adds.
  static constexpr double up = 1.0 + 1e-12;

  // rounded(x): the number that takes the place of x.
  template <class Rounded>
  static RowRounding of(const float* row, std::int64_t dim, const Rounded& rounded) {
    constexpr std::int64_t lanes = 8;
    double squares[lanes] = {};
    double residuals[lanes] = {};
    const auto add = [&](std::int64_t k, std::int64_t lane) {
      const auto value = static_cast<double>(row[k]);
      const double difference = value - static_cast<double>(rounded(row[k]));
      squares[lane] += value * value;
      residuals[lane] += difference * difference;
    };
    std::int64_t k = 0;
    for (; k + lanes <= dim; k += lanes) {
      for (std::int64_t lane = 0; lane < lanes; ++lane) add(k + lane, lane);
    }
    for (; k < dim; ++k) add(k, k % lanes);
    const double square = std::accumulate(squares, squares + lanes, 0.0);
    const double residual = std::accumulate(residuals, residuals + lanes, 0.0);
    return {std::sqrt(square) * up, std::sqrt(residual) * up};
  }
};

// No product of a row `a` with a row whose length and loss are at most those of `b` is farther from the chain of fused
// multiply-adds than this: by Cauchy and Schwarz |(a+da).(b+db) - a.b| <= |da|(|b|+|db|) + |a||db|, and the two sums
// together are off by no more than `sums` times 2^-24 of |a||b| a dimension. Underflow is below the last term.
constexpr double rounding_margin(const RowRounding& a, const RowRounding& b, std::int64_t dim, double sums) {
  const double inputs = a.lost * (b.length + b.lost) + a.length * b.lost;
  const double chains = sums * static_cast<double>(dim + 32) * 0x1p-24 * 1.01 * (a.length + a.lost) * (b.length + b.lost);
  return inputs + chains + 1e-30;
}

}  // namespace polyvocab
