// exp(x) for x <= 0, from additions and multiplications alone: the same bits on every processor, library and GPU, which no
// exp of a C library promises.
//
// Promises: within 4e-16 of exp(x) relative; 0 below -700, where a weight that is rounded to float is 0.
// Expects: x <= 0, not NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace polyvocab {

constexpr double falling_exponential(double x) {
  if (x < -700.0) return 0.0;
  // x = n log 2 + rest: the first part of log 2 has so few bits that n times it is exact.
  constexpr double log2_high = 0x1.62e42fee00000p-1;
  constexpr double log2_low = 0x1.a39ef35793c76p-33;
  const auto n = static_cast<std::int64_t>(x * 0x1.71547652b82fep+0 - 0.5);
  const double rest = (x - static_cast<double>(n) * log2_high) - static_cast<double>(n) * log2_low;
  // Taylor, from the smallest term: what is left out is below 2^-54 where |rest| <= log(2) / 2.
  constexpr double factorials[] = {6227020800.0, 479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0,
                                   720.0,        120.0,       24.0,       6.0,       2.0,      1.0,     1.0};
  double sum = 0.0;
  for (const double factorial : factorials) sum = sum * rest + 1.0 / factorial;
  return sum * std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

}  // namespace polyvocab
