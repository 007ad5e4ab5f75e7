// The selections of core/similarity as kernels need them: bounds from sums over entries, thresholds from prefixes of the sorted
// entries. What depends neither on warps nor on tiles is here, so that tests compile it without CUDA.
//
// Promises: thresholds and weights equal those of core/similarity bit for bit: the same double operations in the same order
// (neither side may contract products and sums). Bounds are below what any superset of the entries would give.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "core/similarity/row_rounding.h"
#include "cuda/device/host_device.h"

namespace polyvocab::cuda {

enum class Rule : std::int32_t { sparsemax, entmax, top_k };

struct DeviceSelection {
  Rule rule = Rule::sparsemax;
  std::int32_t k = 0;
  double temperature = 0.0;
};

// A chain rounds to nearest once a dimension. Tensor cores are taken to put the sixteen exact products of a step and the
// sum so far to the exponent of the largest, to cut off what lies below 24 bits, and to cut the result: 18 errors of 2^-23
// in 16 dimensions at most. Their maker does not say what they do: this is an assumption, after what Fasi, Higham, Mikaitis
// and Pranesh (2021, Numerical behavior of NVIDIA tensor cores) measured on some of them.
constexpr double half_margin(const RowRounding& a, const RowRounding& b, std::int64_t dim) {
  return rounding_margin(a, b, dim, 4.0);
}

// Floats in an order of integers: larger floats have larger keys (and -0 a smaller one than +0).
constexpr std::uint32_t key_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}

constexpr float float_of(std::uint32_t key) {
  return std::bit_cast<float>((key >> 31) != 0 ? key & 0x7FFFFFFFU : ~key);
}

struct Above {
  double count = 0.0;
  double sum = 0.0;      // of z, or of the excess over a threshold
  double squares = 0.0;  // of that excess
};

// The bounds see the entries, one at least, through a class with
//   float largest(): the largest entry;
//   Above above(double tau): count and sum of the entries above tau;
//   Above halves_above(double tau): sum and sum of squares of z/2 - tau, where that is positive;
//   std::int32_t size(); std::int32_t at_least(std::uint32_t key): how many entries have this key or a larger one.

// Michelot's iteration from below: average what lies above, leave out what lies below that, again.
template <class Entries>
POLYVOCAB_BOTH double sparsemax_bound(const Entries& entries) {
  constexpr int iterations = 24;  // an earlier end is a lower bound too
  constexpr double safety = 1e-9;
  double tau = static_cast<double>(entries.largest()) - 1.0;
  double previous = -1.0;
  for (int i = 0; i < iterations; ++i) {
    const Above all = entries.above(tau);
    if (all.count == previous || all.count == 0.0) break;
    previous = all.count;
    tau = (all.sum - 1.0) / all.count;
  }
  return tau - safety;
}

// Newton's iteration, as in core/similarity/entmax.cpp.
template <class Entries>
POLYVOCAB_BOTH double entmax_bound(const Entries& entries) {
  constexpr int iterations = 30;
  constexpr double near = 1e-9;
  constexpr double safety = 1e-6;
  double tau = 0.5 * static_cast<double>(entries.largest()) - 1.0;
  for (int i = 0; i < iterations; ++i) {
    const Above all = entries.halves_above(tau);
    const double step = all.sum > 0.0 ? (all.squares - 1.0) / (2.0 * all.sum) : 0.0;
    if (step > 0.0) tau += step;
    if (!(step >= near)) break;
  }
  return 2.0 * (tau - safety);
}

// The k-th largest, bit by bit.
template <class Entries>
POLYVOCAB_BOTH double top_k_bound(const Entries& entries, std::int32_t k) {
  if (entries.size() < k) return -INFINITY;
  std::uint32_t key = 0;
  for (int bit = 31; bit >= 0; --bit) {
    const std::uint32_t candidate = key | std::uint32_t{1} << bit;
    if (entries.at_least(candidate) >= k) key = candidate;
  }
  return float_of(key);
}

template <class Entries>
POLYVOCAB_BOTH double bound_of(const DeviceSelection& selection, const Entries& entries) {
  switch (selection.rule) {
    case Rule::sparsemax: return sparsemax_bound(entries);
    case Rule::entmax: return entmax_bound(entries);
    default: return top_k_bound(entries, selection.k);
  }
}

// The threshold that leaves out what lies at or below `bound - slack`; it never falls.
POLYVOCAB_BOTH inline float raised(float threshold, double bound, double slack) {
  const float safe = nextafterf(static_cast<float>(bound - slack), -INFINITY);
  return safe > threshold ? safe : threshold;
}

// Sums over the largest entries. The support is the longest run of prefixes that keep their last entry.
struct SparsemaxPrefix {
  double sum = 0.0;

  POLYVOCAB_BOTH void add(float value) { sum += static_cast<double>(value); }
  POLYVOCAB_BOTH bool keeps(float value, std::int32_t size) const {
    return 1.0 + static_cast<double>(size) * static_cast<double>(value) > sum;
  }
  POLYVOCAB_BOTH double tau(std::int32_t size) const { return (sum - 1.0) / static_cast<double>(size); }
  POLYVOCAB_BOTH float weight(float value, double tau) const {
    return static_cast<float>(static_cast<double>(value) - tau);
  }
};

struct EntmaxPrefix {
  double top = 0.0;  // half of the largest entry
  double sum = 0.0;
  double squares = 0.0;

  POLYVOCAB_BOTH void add(float value) {
    const double below = 0.5 * static_cast<double>(value) - top;
    sum += below;
    squares += below * below;
  }
  POLYVOCAB_BOTH bool keeps(float value, std::int32_t size) const {
    return !(rest(size) < 0.0) && tau(size) < 0.5 * static_cast<double>(value) - top;
  }
  POLYVOCAB_BOTH double tau(std::int32_t size) const {
    const double positive = rest(size);
    return sum / static_cast<double>(size) - sqrt(positive > 0.0 ? positive : 0.0);
  }
  POLYVOCAB_BOTH float weight(float value, double tau) const {
    const double excess = 0.5 * static_cast<double>(value) - top - tau;
    return excess > 0.0 ? static_cast<float>(excess * excess) : 0.0F;
  }

 private:
  POLYVOCAB_BOTH double rest(std::int32_t size) const {
    const auto count = static_cast<double>(size);
    return (1.0 - (squares - sum * (sum / count))) / count;
  }
};

}  // namespace polyvocab::cuda
