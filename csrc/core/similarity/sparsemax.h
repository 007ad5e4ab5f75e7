// Sparsemax (Martins and Astudillo 2016) of one row whose entries arrive a few at a time.
//
// sparsemax(z)_j = max(z_j - tau, 0) with tau such that the weights sum to 1. The tau of any part of the entries never
// exceeds the tau of all of them, so whatever lies at or below it can be dropped for good. The row is never held whole.
//
// Promises: weights > 0 that sum to 1 up to the rounding to float; they depend on the entries alone, not on the way in
// which they arrived. tau is summed in double, from the largest entry down, equal entries by column.
// Expects: finite entries, every column offered once.
#pragma once

#include <cstdint>
#include <vector>

namespace polyvocab {

class SparsemaxRow {
 public:
  struct Entry {
    std::int32_t column;
    float value;
  };

  // Entries at or below this cannot get a weight.
  float threshold() const { return threshold_; }

  void offer(std::int32_t column, float value) {
    entries_.push_back({column, value});
    if (entries_.size() >= next_solve_) shrink();
  }

  // Appends columns (ascending) and weights of the support, and makes the row ready for the next one.
  void finish(std::vector<std::int32_t>& columns, std::vector<float>& weights);

  // The most entries that were held at a time: what the row cost in memory.
  std::size_t capacity() const { return entries_.capacity(); }

 private:
  void shrink();

  static constexpr std::size_t first_solve = 256;

  std::vector<Entry> entries_;
  std::size_t next_solve_ = first_solve;
  float threshold_ = -3.402823466e+38F;
};

}  // namespace polyvocab
