// Sparsemax (Martins and Astudillo 2016) of one row whose entries arrive a few at a time.
//
// sparsemax(z)_j = max(z_j - tau, 0) with tau such that the weights sum to 1. The tau of any part of the entries never
// exceeds the tau of all of them, so whatever lies at or below it can be dropped for good. The row is never held whole.
//
// Promises: weights > 0 that sum to 1 up to the rounding to float; they depend on the entries alone, not on which of
// them were left out because they lay at or below the threshold. tau is summed in double, from the largest entry down.
// Expects: finite entries, columns in ascending order.
#pragma once

#include <cstdint>
#include <vector>

namespace polyvocab {

class SparsemaxRow {
 public:
  SparsemaxRow() {
    columns_.reserve(2 * first_solve);
    values_.reserve(2 * first_solve);
  }

  // Entries at or below this cannot get a weight.
  float threshold() const { return threshold_; }

  void offer(std::int32_t column, float value) {
    columns_.push_back(column);
    values_.push_back(value);
    if (values_.size() >= next_solve_) shrink();
  }

  // Appends columns (ascending) and weights of the support, and makes the row ready for the next one.
  void finish(std::vector<std::int32_t>& columns, std::vector<float>& weights);

 private:
  void shrink();

  static constexpr std::size_t first_solve = 256;
  static constexpr float nothing_yet = -3.402823466e+38F;

  std::vector<std::int32_t> columns_;
  std::vector<float> values_;
  std::vector<float> ordered_;  // scratch of finish
  std::size_t next_solve_ = first_solve;
  float threshold_ = nothing_yet;
};

}  // namespace polyvocab
