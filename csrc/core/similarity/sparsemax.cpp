#include "core/similarity/sparsemax.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "core/wider.h"

namespace polyvocab {
namespace {

constexpr std::size_t lanes = 16;
using Floats = float __attribute__((vector_size(lanes * sizeof(float))));
using Masks = std::int32_t __attribute__((vector_size(lanes * sizeof(float))));
using Counts = std::uint32_t __attribute__((vector_size(lanes * sizeof(float))));  // g++ 12 loses signed sums under UBSan

// A lower bound of the tau of these entries by Michelot's iteration: average, leave out what lies below, again. In float, in
// sums that run side by side: how far their rounding can move it is taken off, as entries are 1 at most.
POLYVOCAB_WIDER float michelot(std::span<const float> values) {
  const std::size_t whole = values.size() / lanes * lanes;
  Floats rest = {};
  std::memcpy(&rest, values.data() + whole, (values.size() - whole) * sizeof(float));
  for (std::size_t lane = values.size() - whole; lane < lanes; ++lane) rest[lane] = -INFINITY;
  const float rounding = 0x1p-22F * static_cast<float>(values.size() / lanes + 2 * lanes);
  float tau = -std::numeric_limits<float>::max();
  for (std::int32_t previous = std::numeric_limits<std::int32_t>::max();;) {
    const Masks rest_above = rest > tau;
    Floats sums = reinterpret_cast<Floats>(reinterpret_cast<Masks>(rest) & rest_above);
    auto counts = reinterpret_cast<Counts>(rest_above);  // -1 each
    for (std::size_t i = 0; i < whole; i += lanes) {
      Floats some;
      std::memcpy(&some, values.data() + i, sizeof(some));
      const Masks above = some > tau;
      sums += reinterpret_cast<Floats>(reinterpret_cast<Masks>(some) & above);
      counts += reinterpret_cast<Counts>(above);
    }
    float sum = 0.0F;
    std::int32_t count = 0;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      sum += sums[lane];
      count -= static_cast<std::int32_t>(counts[lane]);
    }
    if (count >= previous || count == 0) return tau - rounding;  // rounding could go round in a circle
    previous = count;
    tau = (sum - 1.0F) / static_cast<float>(count);
  }
}

}  // namespace

double Sparsemax::bound(std::span<const float> values) const { return michelot(values); }

void Sparsemax::weigh(std::span<const std::int32_t> columns, std::span<const float> values, SparseRows& out) const {
  // The textbook solution. A prefix sum does not see what is below it, so entries that another filter would have kept or
  // dropped do not change the result: only those that may be in the support are put in order.
  if (values.empty()) return;
  std::vector<float> ordered(values.size());
  const float low = michelot(values);
  std::size_t kept = 0;
  for (const float value : values) {
    ordered[kept] = value;
    kept += value > low ? 1 : 0;
  }
  ordered.resize(kept);
  std::sort(ordered.begin(), ordered.end(), std::greater<>());
  double sum = 0.0;
  std::size_t support = 0;
  for (; support < ordered.size(); ++support) {
    const double value = ordered[support];
    const double with = sum + value;
    if (!(1.0 + static_cast<double>(support + 1) * value > with)) break;
    sum = with;
  }
  const double tau = (sum - 1.0) / static_cast<double>(support);
  const std::size_t before = out.indices.size();
  out.indices.resize(before + values.size());
  out.weights.resize(before + values.size());
  std::size_t size = before;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto weight = static_cast<float>(values[i] - tau);
    out.indices[size] = columns[i];
    out.weights[size] = weight;
    size += weight > 0.0F ? 1 : 0;
  }
  out.indices.resize(size);
  out.weights.resize(size);
}

}  // namespace polyvocab
