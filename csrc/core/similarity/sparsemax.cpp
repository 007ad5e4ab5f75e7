#include "core/similarity/sparsemax.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/wider.h"

namespace polyvocab {
namespace {

// Far above the rounding of a sum of cosines in double, far below what would keep many entries more.
constexpr double safety = 1e-6;

// The tau of these entries by Michelot's iteration: average, leave out what lies below, again. Eight sums run side by
// side: their rounding may move the result by far less than `safety`.
POLYVOCAB_WIDER double michelot(const std::vector<float>& values) {
  constexpr std::size_t lanes = 8;
  const std::size_t whole = values.size() / lanes * lanes;
  double tau = -INFINITY;
  for (std::size_t previous = 0;;) {
    double sums[lanes] = {};
    double counts[lanes] = {};
    const auto limit = static_cast<float>(tau);
    for (std::size_t i = 0; i < whole; i += lanes) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const float value = values[i + lane];
        sums[lane] += value > limit ? static_cast<double>(value) : 0.0;
        counts[lane] += value > limit ? 1.0 : 0.0;
      }
    }
    for (std::size_t i = whole; i < values.size(); ++i) {
      sums[0] += values[i] > limit ? static_cast<double>(values[i]) : 0.0;
      counts[0] += values[i] > limit ? 1.0 : 0.0;
    }
    double sum = 0.0;
    double count = 0.0;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      sum += sums[lane];
      count += counts[lane];
    }
    const auto support = static_cast<std::size_t>(count);
    if (support == previous || support == 0) return tau;
    previous = support;
    tau = (sum - 1.0) / count;
  }
}

}  // namespace

void SparsemaxRow::shrink() {
  const double safe = michelot(values_) - safety;
  threshold_ = std::max(threshold_, std::nextafter(static_cast<float>(safe), -INFINITY));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    columns_[kept] = columns_[i];
    values_[kept] = values_[i];
    kept += values_[i] > threshold_ ? 1 : 0;
  }
  columns_.resize(kept);
  values_.resize(kept);
  next_solve_ = std::max(first_solve, 2 * kept);
}

void SparsemaxRow::finish(std::vector<std::int32_t>& columns, std::vector<float>& weights) {
  shrink();
  // The textbook solution on the few entries that are left. A prefix sum does not see what is below it, so entries
  // that another filter would have kept or dropped do not change the result.
  ordered_ = values_;
  std::sort(ordered_.begin(), ordered_.end(), std::greater<>());
  double sum = 0.0;
  double tau = 0.0;
  for (std::size_t support = 0; support < ordered_.size(); ++support) {
    const double value = ordered_[support];
    const double with = sum + value;
    const auto size = static_cast<double>(support + 1);
    if (!(1.0 + size * value > with)) break;
    sum = with;
    tau = (sum - 1.0) / size;
  }
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const auto weight = static_cast<float>(values_[i] - tau);
    if (weight > 0.0F) {
      columns.push_back(columns_[i]);
      weights.push_back(weight);
    }
  }
  columns_.clear();
  values_.clear();
  next_solve_ = first_solve;
  threshold_ = nothing_yet;
}

}  // namespace polyvocab
