// Which pairs would have been merged before the pair that was: the violated rows of the linear program of data mixture
// inference (Hayase et al. 2024), found pair by pair, without walking the merges.
//
// A mixture gives every pair p a count f_p(t) in state t: the sum of its changes up to and with t, each times the weight of its
// column. Row (t, p) says f_p(t) <= level[t] + slack[p], for every pair p but the one that step t merges. While the count of
// a pair stays the same, its deepest row is where the level is least.
//
// Promises: rows depend on the arguments alone, not on the number of threads. Of equal depths the earlier step counts as
// deeper, then the earlier pair.
// Expects: events as PairEvents of the package has them (states rise within a pair), which live as long as this does;
// finite weights >= 0. A level of +infinity says that a step has no rows.
// Does not: keep anything between calls.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace polyvocab {

// Changes of pair p are those at [indptr[p], indptr[p + 1]).
struct PairChanges {
  std::span<const std::int64_t> indptr;
  std::span<const std::uint32_t> state;
  std::span<const std::uint32_t> column;
  std::span<const std::int64_t> change;

  std::size_t size() const { return indptr.size() - 1; }
};

struct ViolatedRow {
  std::uint32_t pair;
  std::uint32_t step;  // counted from the first of the window
  double depth;        // f_p(t) - level[t] - slack[p]
};

struct ViolatedRows {
  std::vector<ViolatedRow> by_pair;  // the deepest rows of each violated pair, pairs rising, the deepest first
  std::vector<ViolatedRow> by_step;  // the deepest row of each violated step, steps rising
};

class Separation {
 public:
  // Of the steps first <= t < first + merged.size(). `merged[t - first]`: the pair that step t merges, or any number >= the
  // number of pairs where no event tells of it.
  Separation(PairChanges changes, std::uint32_t first, std::span<const std::uint32_t> merged);

  // Rows that are violated by more than `tolerance`, at most `per_pair` of a pair in `by_pair`. `level`: one for each step of
  // the window; `slack`: one for each pair.
  ViolatedRows rows(std::span<const double> weights, std::span<const double> level, std::span<const double> slack,
                    double tolerance, std::size_t per_pair, int threads) const;

  // counts[row * columns + column]: the count of pair[row] in state first + step[row].
  std::vector<double> counts(std::span<const std::uint32_t> pair, std::span<const std::uint32_t> step,
                             std::size_t columns, int threads) const;

 private:
  struct Range;
  struct Deep;

  template <class Visit>
  void each_range(std::uint32_t pair, std::span<const double> weights, double floor, Visit&& visit) const;
  static std::vector<ViolatedRow> deepest_by_step(std::vector<Range>& ranges, std::span<const double> level,
                                                  double tolerance);

  PairChanges changes_;
  std::uint32_t first_;
  std::uint32_t steps_;
  std::vector<std::uint32_t> own_indptr_, own_steps_;  // the steps that merge pair p: own_steps_[own_indptr_[p], ...)
};

}  // namespace polyvocab
