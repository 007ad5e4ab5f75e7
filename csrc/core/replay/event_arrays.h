// Events of pairs as flat arrays, and what is made of them.
//
// Promises: pairs rise by left and right, and in a pair events by state and column; no change is 0, and no pair has none. The
// results do not depend on the number of threads.
// Expects: the same of what is given; columns below the number that is named with them (std::invalid_argument).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/replay/merge_steps.h"

namespace polyvocab {

// Pair i is (pairs[2 i], pairs[2 i + 1]), and its events are those from indptr[i] to indptr[i + 1].
struct EventArrays {
  std::span<const TokenId> pairs;
  std::span<const std::int64_t> indptr;
  std::span<const std::uint32_t> state, column;
  std::span<const std::int64_t> change;

  std::size_t size() const { return indptr.size() - 1; }
};

// The same with memory of its own.
struct EventColumns {
  std::vector<TokenId> pairs;
  std::vector<std::int64_t> indptr{0};
  std::vector<std::uint32_t> state, column;
  std::vector<std::int64_t> change;

  void add(std::uint32_t of_state, std::uint32_t of_column, std::int64_t by) {
    state.push_back(of_state);
    column.push_back(of_column);
    change.push_back(by);
  }
  // Makes a pair of the events behind the last one, where there are any.
  void end_pair(TokenId left, TokenId right) {
    const auto end = static_cast<std::int64_t>(state.size());
    if (indptr.back() == end) return;
    pairs.push_back(left);
    pairs.push_back(right);
    indptr.push_back(end);
  }
  EventArrays view() const { return {pairs, indptr, state, column, change}; }
};

// The events of all parts together; those of the same pair, state and column are added up.
EventColumns add_events(std::span<const EventArrays> parts, int threads);

// Columns are added up to groups: group[c] is that of column c, or negative where the column is left out. Without the states
// from `last` on.
EventColumns collapse(const EventArrays& events, std::span<const std::int32_t> group, std::uint32_t last, int threads);

// For each step and column the count of the step's pair in the state that it is applied to: [steps, columns].
void own_counts(const EventArrays& events, std::span<const MergeStep> steps, std::size_t columns, std::span<double> out,
                int threads);

// How many pairs there are in a state: [columns].
std::vector<std::int64_t> pairs_in_state(const EventArrays& events, std::uint32_t state, std::size_t columns);

}  // namespace polyvocab
