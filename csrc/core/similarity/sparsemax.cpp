#include "core/similarity/sparsemax.h"

#include <algorithm>
#include <cmath>

namespace polyvocab {
namespace {

// Far above the rounding of a sum of cosines in double, far below what would keep many entries more.
constexpr double safety = 1e-6;

// The tau of these entries by Michelot's iteration: average, drop what lies below, again.
double michelot(const std::vector<SparsemaxRow::Entry>& entries) {
  double tau = -INFINITY;
  for (std::size_t previous = 0;;) {
    double sum = 0.0;
    std::size_t support = 0;
    for (const auto& entry : entries) {
      if (entry.value > tau) {
        sum += entry.value;
        ++support;
      }
    }
    if (support == previous || support == 0) return tau;
    previous = support;
    tau = (sum - 1.0) / static_cast<double>(support);
  }
}

}  // namespace

void SparsemaxRow::shrink() {
  const double safe = michelot(entries_) - safety;
  threshold_ = std::max(threshold_, std::nextafter(static_cast<float>(safe), -INFINITY));
  std::erase_if(entries_, [this](const Entry& entry) { return !(entry.value > threshold_); });
  next_solve_ = std::max(first_solve, 2 * entries_.size());
}

void SparsemaxRow::finish(std::vector<std::int32_t>& columns, std::vector<float>& weights) {
  shrink();
  // The textbook solution on the few entries that are left. A prefix sum does not see what is below it, so entries
  // that another order of arrival would have kept or dropped do not change the result.
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.value != b.value ? a.value > b.value : a.column < b.column;
  });
  double sum = 0.0;
  double tau = 0.0;
  std::size_t support = 0;
  for (; support < entries_.size(); ++support) {
    const double value = entries_[support].value;
    const double with = sum + value;
    if (!(1.0 + static_cast<double>(support + 1) * value > with)) break;
    sum = with;
    tau = (sum - 1.0) / static_cast<double>(support + 1);
  }
  entries_.resize(support);
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.column < b.column; });
  for (const auto& entry : entries_) {
    const auto weight = static_cast<float>(entry.value - tau);
    if (weight > 0.0F) {
      columns.push_back(entry.column);
      weights.push_back(weight);
    }
  }
  entries_.clear();
  next_solve_ = first_solve;
  threshold_ = -3.402823466e+38F;
}

}  // namespace polyvocab
