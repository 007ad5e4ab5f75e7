#include "core/similarity/top_k.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/similarity/exponential.h"

namespace polyvocab {

double TopK::bound(std::span<const float> values) const {
  if (static_cast<std::int64_t>(values.size()) < k) return -INFINITY;
  if (k == 1) return *std::max_element(values.begin(), values.end());
  std::vector<float> ordered(values.begin(), values.end());
  std::nth_element(ordered.begin(), ordered.begin() + (k - 1), ordered.end(), std::greater<>());
  return ordered[static_cast<std::size_t>(k - 1)];  // itself may be chosen: what is below it is not
}

void TopK::weigh(std::span<const std::int32_t> columns, std::span<const float> values, SparseRows& out) const {
  std::vector<std::size_t> chosen(values.size());
  std::iota(chosen.begin(), chosen.end(), 0);
  const auto count = static_cast<std::ptrdiff_t>(std::min<std::int64_t>(k, static_cast<std::int64_t>(values.size())));
  const auto larger = [&](std::size_t i, std::size_t j) { return values[i] != values[j] ? values[i] > values[j] : i < j; };
  if (count < std::ssize(chosen)) std::nth_element(chosen.begin(), chosen.begin() + count, chosen.end(), larger);
  chosen.resize(static_cast<std::size_t>(count));
  std::sort(chosen.begin(), chosen.end());
  double top = -INFINITY;
  for (const auto i : chosen) top = std::max(top, static_cast<double>(values[i]));
  double total = 0.0;
  const auto term = [&](std::size_t i) { return falling_exponential((values[i] - top) / temperature); };
  for (const auto i : chosen) total += temperature > 0.0 ? term(i) : 0.0;
  for (const auto i : chosen) {
    out.indices.push_back(columns[i]);
    out.weights.push_back(temperature > 0.0 ? static_cast<float>(term(i) / total) : values[i]);
  }
}

}  // namespace polyvocab
