// The ids of turns that end in any order, one after the other in one array.
//
// Promises: ids go to their place as soon as all turns before theirs have ended, while they are in a near cache, and buffers
// are used again and again: new memory costs more than the copy. Thread safe, but for `finish`.
// Expects: every turn ends once before `finish`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "core/large_pages.h"
#include "core/tokenizer/id_buffer.h"

namespace polyvocab {

class TurnIds {
 public:
  explicit TurnIds(std::size_t turns) : turns_(turns), begins_(turns + 1) {}

  // An empty one, for the ids of a turn.
  IdBuffer buffer() {
    const std::lock_guard lock(guard_);
    if (free_.empty()) return {};
    IdBuffer out = std::move(free_.back());
    free_.pop_back();
    return out;
  }

  void end(std::size_t turn, IdBuffer ids) {
    std::size_t first, last, room;
    TokenId* all;
    {
      const std::lock_guard lock(guard_);
      // What one turn has tells how many ids there will be, about; twice that, since what does not fit waits to the end.
      if (all_.capacity() == 0) all_.reserve(2 * ids.size() * turns_.size());
      all = all_.room(0);
      room = all_.capacity();
      turns_[turn] = {std::move(ids), true};
      first = placed_;
      for (; placed_ < turns_.size() && turns_[placed_].ended; ++placed_) {
        begins_[placed_ + 1] = begins_[placed_] + turns_[placed_].ids.size();
      }
      last = placed_;
    }
    for (std::size_t i = first; i < last && begins_[i + 1] <= room; ++i) {
      IdBuffer placed = std::exchange(turns_[i].ids, {});
      take_pages(all + begins_[i], placed.size() * sizeof(TokenId));
      std::ranges::copy(placed.ids(), all + begins_[i]);
      if (placed.capacity() > most_kept) continue;
      placed.clear();
      const std::lock_guard lock(guard_);
      free_.push_back(std::move(placed));
    }
  }

  // All ids. Where the ids of each turn begin stays known.
  IdBuffer finish() {
    TokenId* const all = all_.room(begins_.back());
    for (std::size_t i = 0; i < turns_.size(); ++i) std::ranges::copy(turns_[i].ids.ids(), all + begins_[i]);
    all_.wrote(begins_.back());
    return std::move(all_);
  }
  std::size_t begin(std::size_t turn) const { return begins_[turn]; }

 private:
  static constexpr std::size_t most_kept = std::size_t{1} << 20;  // ids of a buffer that is used again
  struct Turn {
    IdBuffer ids;  // none once they are in their place
    bool ended = false;
  };
  std::mutex guard_;
  std::vector<Turn> turns_;
  std::vector<std::size_t> begins_;  // of the turns whose place is known, and the end of the last one
  std::size_t placed_ = 0;           // so many turns
  IdBuffer all_;
  std::vector<IdBuffer> free_;
};

}  // namespace polyvocab
