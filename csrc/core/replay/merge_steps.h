// The merges of a trainer in its order, by the pair that they merge.
//
// Promises: which step is the next one that merges a pair, whatever the list: a pair may be merged by several steps, and a step
// may stand before those that make its parts.
// Expects: steps of which none makes a part of its own (std::invalid_argument).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/models/pair_table.h"

namespace polyvocab {

struct MergeStep {
  TokenId left, right, merged;
};

class MergeSteps {
 public:
  using Step = std::uint32_t;
  static constexpr Step none = PairTable::none;

  explicit MergeSteps(std::vector<MergeStep> steps);

  Step size() const { return static_cast<Step>(steps_.size()); }
  const MergeStep& operator[](Step step) const { return steps_[step]; }
  std::span<const MergeStep> all() const { return steps_; }

  // The first step from `from` on that merges the pair, or none.
  Step next(TokenId left, TokenId right, Step from) const {
    Step step = first_(left, right).rank;
    while (step < from) step = again_[step];
    return step;
  }

 private:
  std::vector<MergeStep> steps_;
  PairTable first_;          // the first step of a pair
  std::vector<Step> again_;  // the next step of the same pair, or none
};

}  // namespace polyvocab
