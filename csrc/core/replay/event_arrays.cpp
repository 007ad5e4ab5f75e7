#include "core/replay/event_arrays.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/parallel.h"
#include "core/replay/column_counts.h"
#include "core/replay/pair_event.h"

namespace polyvocab {
namespace {

constexpr std::size_t events_at_once = std::size_t{1} << 19;

std::uint64_t pair_at(const EventArrays& events, std::size_t i) {
  return PairEvent::pair_of(events.pairs[2 * i], events.pairs[2 * i + 1]);
}

// The first pair that is not less.
std::size_t lower_bound(const EventArrays& events, std::uint64_t pair) {
  std::size_t first = 0;
  for (std::size_t count = events.size(); count > 0;) {
    const std::size_t half = count / 2;
    if (pair_at(events, first + half) < pair) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first;
}

[[noreturn]] void fail_column() { throw std::invalid_argument("events have a column beyond those that there are"); }

// Parts that follow each other, as one.
EventColumns joined(std::vector<EventColumns> parts) {
  EventColumns out;
  if (parts.size() == 1) return std::move(parts.front());
  std::size_t pairs = 0, events = 0;
  for (const EventColumns& part : parts) {
    pairs += part.pairs.size();
    events += part.state.size();
  }
  out.pairs.reserve(pairs);
  out.indptr.reserve(pairs / 2 + 1);
  out.state.reserve(events);
  out.column.reserve(events);
  out.change.reserve(events);
  const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  for (EventColumns& part : parts) {
    const auto before = static_cast<std::int64_t>(out.state.size());
    for (std::size_t i = 1; i < part.indptr.size(); ++i) out.indptr.push_back(before + part.indptr[i]);
    append(out.pairs, part.pairs);
    append(out.state, part.state);
    append(out.column, part.column);
    append(out.change, part.change);
    part = {};
  }
  return out;
}

// Left tokens at which work is cut, so that about as many events lie between two of them; the first is 0.
std::vector<TokenId> cuts(std::span<const EventArrays> parts) {
  std::vector<std::size_t> events;  // by left token
  for (const EventArrays& part : parts) {
    if (part.size() > 0) events.resize(std::max<std::size_t>(events.size(), part.pairs[2 * part.size() - 2] + std::size_t{1}));
    for (std::size_t i = 0; i < part.size(); ++i) {
      events[part.pairs[2 * i]] += static_cast<std::size_t>(part.indptr[i + 1] - part.indptr[i]);
    }
  }
  std::vector<TokenId> out{0};
  std::size_t before = 0;
  for (std::size_t left = 0; left < events.size(); ++left) {
    if (before > 0 && before + events[left] > events_at_once) {
      out.push_back(static_cast<TokenId>(left));
      before = 0;
    }
    before += events[left];
  }
  return out;
}

// The events of the pairs with left tokens from `first` to `last`.
class Adding {
 public:
  Adding(std::span<const EventArrays> parts, TokenId first, std::uint64_t last) {
    for (const EventArrays& part : parts) {
      const std::size_t begin = lower_bound(part, PairEvent::pair_of(first, 0));
      const std::size_t end = last > 0xFFFFFFFF ? part.size() : lower_bound(part, last << 32);
      if (begin < end) heap_.push_back({pair_at(part, begin), begin, end, &part});
    }
    std::ranges::make_heap(heap_, is_behind);
  }

  EventColumns run() {
    while (!heap_.empty()) {
      const std::uint64_t pair = heap_.front().pair;
      found_.clear();
      std::size_t parts = 0;
      for (; !heap_.empty() && heap_.front().pair == pair; ++parts) take();
      if (parts > 1) std::sort(found_.begin(), found_.end());
      for (std::size_t i = 0; i < found_.size();) {
        PairEvent sum = found_[i];
        while (++i < found_.size() && found_[i].is_of(sum)) sum.add(found_[i]);
        if (sum.change != 0) out_.add(sum.state(), sum.column(), sum.change);
      }
      out_.end_pair(static_cast<TokenId>(pair >> 32), static_cast<TokenId>(pair));
    }
    return std::move(out_);
  }

 private:
  struct Cursor {
    std::uint64_t pair;
    std::size_t at, end;
    const EventArrays* part;
  };
  std::vector<Cursor> heap_;  // the least pair first
  std::vector<PairEvent> found_;
  EventColumns out_;

  static bool is_behind(const Cursor& a, const Cursor& b) { return b.pair < a.pair; }

  // The events of the least pair of one part.
  void take() {
    std::ranges::pop_heap(heap_, is_behind);
    Cursor& cursor = heap_.back();
    const EventArrays& part = *cursor.part;
    const auto end = static_cast<std::size_t>(part.indptr[cursor.at + 1]);
    for (auto i = static_cast<std::size_t>(part.indptr[cursor.at]); i < end; ++i) {
      found_.push_back({cursor.pair, PairEvent::at_of(part.state[i], part.column[i]), part.change[i]});
    }
    if (++cursor.at == cursor.end) return heap_.pop_back();
    cursor.pair = pair_at(part, cursor.at);
    std::ranges::push_heap(heap_, is_behind);
  }
};

// The events of the pairs from `first` to `last`.
EventColumns collapse_some(const EventArrays& events, std::span<const std::int32_t> group, std::uint32_t end_state,
                           std::size_t first, std::size_t last) {
  EventColumns out;
  ColumnSums sums;
  std::vector<ColumnCount> summed;
  for (std::size_t pair = first; pair < last; ++pair) {
    const auto end = static_cast<std::size_t>(events.indptr[pair + 1]);
    for (auto i = static_cast<std::size_t>(events.indptr[pair]); i < end && events.state[i] < end_state;) {
      const std::uint32_t state = events.state[i];
      for (; i < end && events.state[i] == state; ++i) {
        if (events.column[i] >= group.size()) fail_column();
        const std::int32_t to = group[events.column[i]];
        if (to >= 0) sums.add(static_cast<std::uint32_t>(to), events.change[i]);
      }
      summed.resize(sums.size());
      sums.take(summed);
      for (const auto& [column, change] : summed) {
        if (change != 0) out.add(state, column, change);
      }
    }
    out.end_pair(events.pairs[2 * pair], events.pairs[2 * pair + 1]);
  }
  return out;
}

}  // namespace

EventColumns add_events(std::span<const EventArrays> parts, int threads) {
  const auto begins = cuts(parts);
  std::vector<EventColumns> found(begins.size());
  parallel_blocks(static_cast<std::int64_t>(begins.size()), threads, [&](std::int64_t block) {
    const auto i = static_cast<std::size_t>(block);
    const std::uint64_t last = i + 1 < begins.size() ? begins[i + 1] : std::uint64_t{1} << 32;
    found[i] = Adding(parts, begins[i], last).run();
  });
  return joined(std::move(found));
}

EventColumns collapse(const EventArrays& events, std::span<const std::int32_t> group, std::uint32_t last, int threads) {
  std::vector<std::size_t> bounds{0};  // pairs
  while (bounds.back() < events.size()) {
    const auto wanted = events.indptr[bounds.back()] + static_cast<std::int64_t>(events_at_once);
    const auto at = std::ranges::upper_bound(events.indptr, wanted) - events.indptr.begin() - 1;
    bounds.push_back(std::max(bounds.back() + 1, std::min(static_cast<std::size_t>(at), events.size())));
  }
  std::vector<EventColumns> found(bounds.size() - 1);
  parallel_blocks(static_cast<std::int64_t>(found.size()), threads, [&](std::int64_t block) {
    const auto i = static_cast<std::size_t>(block);
    found[i] = collapse_some(events, group, last, bounds[i], bounds[i + 1]);
  });
  return joined(std::move(found));
}

void own_counts(const EventArrays& events, std::span<const MergeStep> steps, std::size_t columns, std::span<double> out,
                int threads) {
  constexpr std::size_t steps_at_once = 1024;
  std::ranges::fill(out, 0.0);
  const std::size_t blocks = (steps.size() + steps_at_once - 1) / steps_at_once;
  parallel_blocks(static_cast<std::int64_t>(blocks), threads, [&](std::int64_t block) {
    const std::size_t first = static_cast<std::size_t>(block) * steps_at_once;
    std::vector<std::int64_t> sums(columns);
    for (std::size_t step = first; step < std::min(steps.size(), first + steps_at_once); ++step) {
      const std::uint64_t pair = PairEvent::pair_of(steps[step].left, steps[step].right);
      const std::size_t at = lower_bound(events, pair);
      if (at == events.size() || pair_at(events, at) != pair) continue;
      std::ranges::fill(sums, 0);
      for (auto i = static_cast<std::size_t>(events.indptr[at]); i < static_cast<std::size_t>(events.indptr[at + 1]); ++i) {
        if (events.state[i] > step) break;
        if (events.column[i] >= columns) fail_column();
        sums[events.column[i]] += events.change[i];
      }
      for (std::size_t column = 0; column < columns; ++column) {
        out[step * columns + column] = static_cast<double>(sums[column]);
      }
    }
  });
}

std::vector<std::int64_t> pairs_in_state(const EventArrays& events, std::uint32_t state, std::size_t columns) {
  std::vector<std::int64_t> out(columns);
  for (std::size_t i = 0; i < events.state.size(); ++i) {
    if (events.state[i] > state) continue;
    if (events.column[i] >= columns) fail_column();
    out[events.column[i]] += events.change[i];
  }
  return out;
}

}  // namespace polyvocab
