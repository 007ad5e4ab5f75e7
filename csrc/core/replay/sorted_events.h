// Events in memory in their order, and on the disk.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/large_pages.h"
#include "core/replay/column_counts.h"
#include "core/replay/pair_change.h"
#include "core/replay/pair_event.h"
#include "core/sorted/runs.h"

namespace polyvocab {

// Events that are sorted; those of the same are added up.
class SortedEvents final : public EventSource {
 public:
  explicit SortedEvents(LargeVector<PairEvent> events) : events_(std::move(events)) {}

  bool next() override {
    if (at_ == events_.size()) return false;
    current_ = events_[at_++];
    while (at_ < events_.size() && events_[at_].is_of(current_)) current_.add(events_[at_++]);
    return true;
  }

 private:
  LargeVector<PairEvent> events_;
  std::size_t at_ = 0;
};

// Changes that are sorted, column by column; those of the same pair and state are added up.
class SortedChanges final : public EventSource {
 public:
  SortedChanges(LargeVector<PairChange> changes, std::vector<ColumnArena> arenas)
      : arenas_(std::move(arenas)), changes_(std::move(changes)) {}

  bool next() override {
    if (column_ == columns_.size() && !next_change()) return false;
    current_.at = PairEvent::at_of(state_, columns_[column_].column);
    current_.change = sign_ * columns_[column_++].count;
    return true;
  }

 private:
  std::vector<ColumnArena> arenas_;
  LargeVector<PairChange> changes_;
  std::size_t at_ = 0;
  // The changes that are given out.
  std::uint32_t state_ = 0;
  std::int64_t sign_ = 1;
  ColumnCounts columns_;
  std::size_t column_ = 0;
  ColumnSums sums_;
  std::vector<ColumnCount> summed_;

  bool next_change() {
    if (at_ == changes_.size()) return false;
    const PairChange& change = changes_[at_++];
    current_.pair = change.pair;
    state_ = change.state;
    column_ = 0;
    sign_ = change.sign();
    columns_ = change.columns();
    if (at_ == changes_.size() || !changes_[at_].is_of(change)) return true;
    sums_.add(columns_, sign_);
    for (; at_ < changes_.size() && changes_[at_].is_of(change); ++at_) {
      sums_.add(changes_[at_].columns(), changes_[at_].sign());
    }
    summed_.resize(sums_.size());
    sums_.take(summed_);
    sign_ = 1;
    columns_ = summed_;
    return true;
  }
};

class EventFormat final : public EventSource {
 public:
  explicit EventFormat(std::shared_ptr<const RunFile> file) : reader_(std::move(file)) {}

  static void write(const PairEvent& event, RunWriter& writer) {
    writer.number(event.left());
    writer.number(event.right());
    writer.number(event.state());
    writer.number(event.column());
    writer.number(static_cast<std::uint64_t>(event.change) << 1 ^ static_cast<std::uint64_t>(event.change >> 63));
  }

  bool next() override {
    const auto left = reader_.first_number();
    if (!left) return false;
    current_.pair = PairEvent::pair_of(static_cast<TokenId>(*left), static_cast<TokenId>(reader_.number()));
    current_.at = std::uint64_t{reader_.number()} << 32;
    current_.at |= reader_.number();
    const std::uint64_t folded = reader_.number();  // the sign is the lowest bit
    current_.change = static_cast<std::int64_t>(folded >> 1 ^ (~(folded & 1) + 1));
    return true;
  }

 private:
  RunReader reader_;
};

using EventRuns = SortedRuns<EventFormat>;
using EventMerge = SortedMerge<PairEvent>;

}  // namespace polyvocab
