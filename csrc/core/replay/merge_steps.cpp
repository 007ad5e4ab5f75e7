#include "core/replay/merge_steps.h"

#include <stdexcept>
#include <string>
#include <utility>

namespace polyvocab {
namespace {

// Backwards: of merges of the same pair the later one counts, which here is the first step.
std::vector<Merge> backwards(std::span<const MergeStep> steps) {
  if (steps.size() >= MergeSteps::none) throw std::invalid_argument("there are more steps than 32 bits can number");
  std::vector<Merge> merges;
  merges.reserve(steps.size());
  for (std::size_t step = steps.size(); step-- > 0;) {
    const auto& [left, right, merged] = steps[step];
    if (merged == left || merged == right) {
      throw std::invalid_argument("the merge " + std::to_string(step) + " makes a part of its own");
    }
    merges.push_back({left, right, merged, static_cast<std::uint32_t>(step)});
  }
  return merges;
}

}  // namespace

MergeSteps::MergeSteps(std::vector<MergeStep> steps)
    : steps_(std::move(steps)), first_(backwards(steps_)), again_(steps_.size(), none) {
  std::vector<Step> last(steps_.size());  // of the pair of each first step
  for (Step step = 0; step < size(); ++step) {
    const Step first = first_(steps_[step].left, steps_[step].right).rank;
    if (first != step) again_[last[first]] = step;
    last[first] = step;
  }
}

}  // namespace polyvocab
