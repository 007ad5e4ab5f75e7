#include "core/mixture/separation.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/mixture/range_minimum.h"
#include "core/parallel.h"

namespace polyvocab {

namespace {

constexpr std::int64_t kBlock = 4096;  // pairs of which one thread takes care at a time

std::int64_t blocks_of(std::size_t size) { return (static_cast<std::int64_t>(size) + kBlock - 1) / kBlock; }

}  // namespace

// Steps [begin, end) of the window in which one pair has one count, and may be violated.
struct Separation::Range {
  std::uint32_t pair;
  std::uint32_t begin;
  std::uint32_t end;
  double value;  // the count less the pair's slack
};

// The deepest row of a range of steps.
struct Separation::Deep {
  double depth;
  std::uint32_t step;
  std::uint32_t begin;
  std::uint32_t end;

  bool operator<(const Deep& other) const { return depth != other.depth ? depth < other.depth : step > other.step; }
};

Separation::Separation(PairChanges changes, std::uint32_t first, std::span<const std::uint32_t> merged)
    : changes_(changes), first_(first), steps_(static_cast<std::uint32_t>(merged.size())), own_indptr_(changes.size() + 1) {
  for (const std::uint32_t pair : merged)
    if (pair < changes.size()) ++own_indptr_[pair + 1];
  std::partial_sum(own_indptr_.begin(), own_indptr_.end(), own_indptr_.begin());
  own_steps_.resize(own_indptr_.back());
  auto place = own_indptr_;
  for (std::uint32_t step = 0; step < steps_; ++step)
    if (merged[step] < changes.size()) own_steps_[place[merged[step]]++] = step;
}

// Calls visit(begin, end, count) for the ranges of a pair's steps with one count above `floor`, its own steps left out.
template <class Visit>
void Separation::each_range(std::uint32_t pair, std::span<const double> weights, double floor, Visit&& visit) const {
  const auto end = static_cast<std::size_t>(changes_.indptr[pair + 1]);
  const std::uint32_t last = first_ + steps_;
  double count = 0;
  for (auto event = static_cast<std::size_t>(changes_.indptr[pair]); event < end;) {
    const std::uint32_t state = changes_.state[event];
    for (; event < end && changes_.state[event] == state; ++event)
      count += weights[changes_.column[event]] * static_cast<double>(changes_.change[event]);
    const std::uint32_t next = event < end ? std::min(changes_.state[event], last) : last;
    if (next <= first_ || state >= next || !(count > floor)) continue;
    std::uint32_t begin = std::max(state, first_) - first_;
    for (std::uint32_t own = own_indptr_[pair]; own < own_indptr_[pair + 1]; ++own) {
      const std::uint32_t step = own_steps_[own];
      if (step < begin || step >= next - first_) continue;
      if (begin < step) visit(begin, step, count);
      begin = step + 1;
    }
    if (begin < next - first_) visit(begin, next - first_, count);
  }
}

ViolatedRows Separation::rows(std::span<const double> weights, std::span<const double> level, std::span<const double> slack,
                              double tolerance, std::size_t per_pair, int threads) const {
  ViolatedRows found;
  if (level.empty()) return found;
  const RangeMinimum lowest(level);
  const double floor = level[lowest(0, steps_)] + tolerance;
  const std::int64_t blocks = blocks_of(changes_.size());
  std::vector<std::vector<Range>> ranges(static_cast<std::size_t>(blocks));
  std::vector<std::vector<ViolatedRow>> rows(static_cast<std::size_t>(blocks));
  parallel_blocks(blocks, threads, [&](std::int64_t block) {
    const auto begin = static_cast<std::uint32_t>(block * kBlock);
    const auto end = static_cast<std::uint32_t>(std::min<std::int64_t>((block + 1) * kBlock, changes_.size()));
    std::vector<Deep> heap;
    for (std::uint32_t pair = begin; pair < end; ++pair) {
      heap.clear();
      each_range(pair, weights, floor + slack[pair], [&](std::uint32_t a, std::uint32_t b, double count) {
        const std::uint32_t step = lowest(a, b);
        const double depth = count - slack[pair] - level[step];
        if (!(depth > tolerance)) return;
        ranges[block].push_back({pair, a, b, count - slack[pair]});
        heap.push_back({depth, step, a, b});
      });
      std::make_heap(heap.begin(), heap.end());
      for (std::size_t taken = 0; taken < per_pair && !heap.empty(); ++taken) {
        std::pop_heap(heap.begin(), heap.end());
        const Deep top = heap.back();
        heap.pop_back();
        rows[block].push_back({pair, top.step, top.depth});
        const double value = top.depth + level[top.step];
        const auto rest = [&](std::uint32_t a, std::uint32_t b) {
          if (a == b) return;
          const std::uint32_t step = lowest(a, b);
          if (const double depth = value - level[step]; depth > tolerance) {
            heap.push_back({depth, step, a, b});
            std::push_heap(heap.begin(), heap.end());
          }
        };
        rest(top.begin, top.step);
        rest(top.step + 1, top.end);
      }
    }
  });
  std::vector<Range> all;
  for (std::int64_t block = 0; block < blocks; ++block) {
    all.insert(all.end(), ranges[block].begin(), ranges[block].end());
    found.by_pair.insert(found.by_pair.end(), rows[block].begin(), rows[block].end());
  }
  found.by_step = deepest_by_step(all, level, tolerance);
  return found;
}

// Paints the steps with the ranges, the highest value first: what a step is painted with first is its deepest row.
std::vector<ViolatedRow> Separation::deepest_by_step(std::vector<Range>& ranges, std::span<const double> level,
                                                     double tolerance) {
  std::ranges::sort(ranges, [](const Range& a, const Range& b) {
    return a.value != b.value ? a.value > b.value : a.pair != b.pair ? a.pair < b.pair : a.begin < b.begin;
  });
  std::vector<std::uint32_t> next(level.size() + 1);  // the first step from here on that is not painted yet
  std::iota(next.begin(), next.end(), 0u);
  const auto unpainted = [&](std::uint32_t step) {
    while (next[step] != step) step = next[step] = next[next[step]];
    return step;
  };
  constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();
  std::vector<ViolatedRow> painted(level.size(), {kNone, 0, 0});
  for (const Range& range : ranges) {
    for (std::uint32_t step = unpainted(range.begin); step < range.end; step = unpainted(step)) {
      if (const double depth = range.value - level[step]; depth > tolerance) painted[step] = {range.pair, step, depth};
      next[step] = step + 1;
    }
  }
  std::erase_if(painted, [](const ViolatedRow& row) { return row.pair == kNone; });
  return painted;
}

std::vector<double> Separation::counts(std::span<const std::uint32_t> pair, std::span<const std::uint32_t> step,
                                       std::size_t columns, int threads) const {
  std::vector<double> counts(pair.size() * columns);
  parallel_blocks(blocks_of(pair.size()), threads, [&](std::int64_t block) {
    const auto begin = static_cast<std::size_t>(block * kBlock);
    const std::size_t end = std::min(begin + kBlock, pair.size());
    for (std::size_t row = begin; row < end; ++row) {
      const auto last = static_cast<std::size_t>(changes_.indptr[pair[row] + 1]);
      for (auto event = static_cast<std::size_t>(changes_.indptr[pair[row]]); event < last; ++event) {
        if (changes_.state[event] > first_ + step[row]) break;
        counts[row * columns + changes_.column[event]] += static_cast<double>(changes_.change[event]);
      }
    }
  });
  return counts;
}

}  // namespace polyvocab
