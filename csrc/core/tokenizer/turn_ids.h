// The ids of turns that end in any order, one after the other in one array.
//
// Promises: ids go to their place as soon as all turns before theirs have ended, while they are in a near cache, and buffers
// are used again and again: new memory costs more than the copy. Thread safe, but for `finish`.
// Expects: every turn ends once before `finish`; an empty array with room for the ids. Those that have none wait to the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "core/large_pages.h"
#include "core/parallel.h"
#include "core/tokenizer/id_buffer.h"

namespace polyvocab {

class TurnIds {
 public:
  TurnIds(std::size_t turns, IdBuffer& all) : all_(all), room_(all.capacity()), turns_(turns), begins_(turns + 1) {}

  // An empty one, for the ids of a turn.
  IdBuffer buffer() {
    const std::lock_guard lock(guard_);
    if (free_.empty()) return {};
    IdBuffer out = std::move(free_.back());
    free_.pop_back();
    return out;
  }

  void end(std::size_t turn, IdBuffer ids) {
    std::size_t first, last;
    {
      const std::lock_guard lock(guard_);
      turns_[turn] = {std::move(ids), true};
      first = placed_;
      for (; placed_ < turns_.size() && turns_[placed_].ended; ++placed_) {
        begins_[placed_ + 1] = begins_[placed_] + turns_[placed_].ids.size();
      }
      last = placed_;
    }
    for (std::size_t i = first; i < last && begins_[i + 1] <= room_; ++i) {
      IdBuffer placed = place(i);
      if (placed.capacity() > most_kept) continue;
      placed.clear();
      const std::lock_guard lock(guard_);
      if (free_.size() < most_free) free_.push_back(std::move(placed));
    }
  }

  void finish(int threads) {
    all_.room(begins_.back());
    parallel_blocks(static_cast<std::int64_t>(turns_.size()), begins_.back() > room_ ? threads : 1,
                    [&](std::int64_t turn) { place(static_cast<std::size_t>(turn)); });
    all_.wrote(begins_.back());
  }

  // Where the ids of a turn begin, once all have ended.
  std::size_t begin(std::size_t turn) const { return begins_[turn]; }

 private:
  static constexpr std::size_t most_kept = std::size_t{1} << 20;  // ids of a buffer that is used again
  static constexpr std::size_t most_free = 64;
  struct Turn {
    IdBuffer ids;  // none once they are in their place
    bool ended = false;
  };
  std::mutex guard_;
  IdBuffer& all_;
  const std::size_t room_;
  std::vector<Turn> turns_;
  std::vector<std::size_t> begins_;  // of the turns whose place is known, and the end of the last one
  std::size_t placed_ = 0;           // so many turns
  std::vector<IdBuffer> free_;

  IdBuffer place(std::size_t turn) {
    IdBuffer ids = std::move(turns_[turn].ids);
    TokenId* const to = all_.room(0) + begins_[turn];
    take_pages(to, ids.size() * sizeof(TokenId));
    std::ranges::copy(ids.ids(), to);
    return ids;
  }
};

}  // namespace polyvocab
