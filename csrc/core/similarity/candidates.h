// One row whose entries arrive a few at a time, and which keeps those that its selection may still choose.
//
// A selection is a struct with
//   double bound(const std::vector<float>& values) const: a value below which no entry of a row that has these entries (one
//     at least), and any others, gets a weight; more entries only raise it;
//   void weigh(std::vector<std::int32_t>& columns, std::vector<float>& values, SparseRows& out) const: appends the columns
//     (ascending) and weights that it gives to entries, in columns that ascend; what lies below the bound of all of them does
//     not change the result. It may use up both.
// Bounds move no more than the values do: where those are off by a margin, twice the margin is the slack that makes up for it.
//
// Promises: the row is never held whole, unless all of it may be chosen. Expects: finite entries, columns in ascending order.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
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
    columns_.clear();
    values_.clear();
    next_look_ = first_look;
    threshold_ = nothing_yet;
  }

  // Entries at or below this cannot get a weight.
  float threshold() const { return threshold_; }

  // Entries z[c] of the columns first + c, for the bits c of `which`.
  void offer(std::int32_t first, std::uint32_t which, const float* z) {
    const std::size_t size = values_.size();
    const std::size_t count = bits_of(which);
    columns_.resize(size + count);
    values_.resize(size + count);
    for (std::size_t i = size; which != 0; which &= which - 1, ++i) {
      const int c = std::countr_zero(which);
      columns_[i] = first + c;
      values_[i] = z[c];
    }
    if (size + count >= next_look_) shrink();
  }

  // Leaves out what a bound of all that is here says.
  void shrink() {
    const double safe = selection_->bound(values_) - slack_;
    threshold_ = std::max(threshold_, std::nextafter(static_cast<float>(safe), -INFINITY));
    std::size_t kept = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      columns_[kept] = columns_[i];
      values_[kept] = values_[i];
      kept += values_[i] > threshold_ ? 1 : 0;
    }
    columns_.resize(kept);
    values_.resize(kept);
    next_look_ = std::max(first_look, 2 * kept);
  }

  const std::vector<std::int32_t>& columns() const { return columns_; }
  std::vector<float>& values() { return values_; }

  void finish(SparseRows& out) {
    selection_->weigh(columns_, values_, out);
    out.indptr.push_back(static_cast<std::int64_t>(out.indices.size()));
  }

 private:
  // std::popcount is a call where the compiler may not use the instruction.
  static constexpr std::size_t bits_of(std::uint32_t bits) {
    bits -= bits >> 1 & 0x55555555U;
    bits = (bits & 0x33333333U) + (bits >> 2 & 0x33333333U);
    return (((bits + (bits >> 4)) & 0x0F0F0F0FU) * 0x01010101U) >> 24;
  }

  static constexpr std::size_t first_look = 256;
  static constexpr float nothing_yet = -3.402823466e+38F;

  const Selection* selection_ = nullptr;
  double slack_ = 0.0;
  std::vector<std::int32_t> columns_;
  std::vector<float> values_;
  std::size_t next_look_ = first_look;
  float threshold_ = nothing_yet;
};

}  // namespace polyvocab
