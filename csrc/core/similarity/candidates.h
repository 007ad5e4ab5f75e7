// One row whose entries arrive a few at a time, and which keeps those that its selection may still choose.
//
// A selection is a struct with
//   double bound(std::span<const float> values) const: a value below which no entry of a row that has these entries (one
//     at least), and any others, gets a weight; more entries only raise it;
//   void weigh(std::span<const std::int32_t> columns, std::span<const float> values, SparseRows& out) const: appends the
//     columns (ascending) and weights that it gives to entries, in columns that ascend; what lies below the bound of all of
//     them does not change the result.
// Bounds move no more than the values do: where those are off by a margin, twice the margin is the slack that makes up for it.
//
// Promises: the row is never held whole, unless all of it may be chosen. Expects: finite entries, columns in ascending order.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace polyvocab {

struct SparseRows {
  std::vector<std::int64_t> indptr;  // rows + 1
  std::vector<std::int32_t> indices;
  std::vector<float> weights;
};

template <class Selection>
class CandidateRow {
 public:
  void begin(const Selection& selection, double slack) {
    selection_ = &selection;
    slack_ = slack;
    size_ = 0;
    threshold_ = nothing_yet;
    look_at(first_look);
  }

  // Entries at or below this cannot get a weight.
  float threshold() const { return threshold_; }

  // Whether the threshold has changed.
  bool offer(std::int32_t column, float z) {
    columns_[size_] = column;
    values_[size_] = z;
    if (++size_ < next_look_) return false;
    shrink();
    return true;
  }

  // Leaves out what a bound of all that is here says.
  void shrink() {
    if (size_ == 0) return;
    const double safe = selection_->bound(values()) - slack_;
    threshold_ = std::max(threshold_, std::nextafter(static_cast<float>(safe), -INFINITY));
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      columns_[kept] = columns_[i];
      values_[kept] = values_[i];
      kept += values_[i] > threshold_ ? 1 : 0;
    }
    size_ = kept;
    look_at(std::max(first_look, 2 * kept));
  }

  std::span<const std::int32_t> columns() const { return {columns_.data(), size_}; }
  std::span<float> values() { return {values_.data(), size_}; }

  void finish(SparseRows& out) {
    selection_->weigh(columns(), values(), out);
    out.indptr.push_back(static_cast<std::int64_t>(out.indices.size()));
  }

 private:
  static constexpr std::size_t first_look = 64;
  static constexpr float nothing_yet = -3.402823466e+38F;

  // There is room for as many entries as come until then.
  void look_at(std::size_t size) {
    next_look_ = size;
    if (columns_.size() >= size) return;
    columns_.resize(size);
    values_.resize(size);
  }

  const Selection* selection_ = nullptr;
  double slack_ = 0.0;
  std::vector<std::int32_t> columns_;  // the first `size_` of them
  std::vector<float> values_;
  std::size_t size_ = 0;
  std::size_t next_look_ = 0;
  float threshold_ = nothing_yet;
};

}  // namespace polyvocab
