// The ids of turns that end in any order, one after the other in one array.
//
// Promises: ids go to their place as soon as all turns before theirs have ended, while they are in a near cache, and the
// buffers of turns are used again and again. Thread safe, but for `finish`.
// Expects: every turn ends once before `finish`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
    std::size_t first, last;
    {
      const std::lock_guard lock(guard_);
      // What one turn has tells how many ids there will be, about; twice that, since what does not fit waits to the end.
      if (all_.capacity() == 0) all_.reserve(2 * ids.size() * turns_.size());
      turns_[turn] = {std::move(ids), true};
      first = placed_;
      for (; placed_ < turns_.size() && turns_[placed_].ended; ++placed_) {
        begins_[placed_ + 1] = begins_[placed_] + turns_[placed_].ids.size();
      }
      last = placed_;
    }
    for (std::size_t i = first; i < last && begins_[i + 1] <= all_.capacity(); ++i) {
      TokenId* const to = all_.room(0) + begins_[i];
      take_pages(to, turns_[i].ids.size() * sizeof(TokenId));
      copy(i, to);
      turns_[i].ids.clear();
      const std::lock_guard lock(guard_);
      free_.push_back(std::move(turns_[i].ids));
    }
  }

  // All ids. Where the ids of each turn begin stays known.
  IdBuffer finish() {
    const std::size_t fitting = all_.capacity();
    TokenId* const to = all_.room(begins_.back());
    for (std::size_t i = 0; i < turns_.size(); ++i) {
      if (begins_[i + 1] > fitting) copy(i, to + begins_[i]);
    }
    all_.wrote(begins_.back());
    return std::move(all_);
  }
  std::size_t begin(std::size_t turn) const { return begins_[turn]; }

 private:
  struct Turn {
    IdBuffer ids;
    bool ended = false;
  };
  std::mutex guard_;
  std::vector<Turn> turns_;
  std::vector<std::size_t> begins_;  // of the turns whose place is known, and the end of the last one
  std::size_t placed_ = 0;           // so many turns
  IdBuffer all_;
  std::vector<IdBuffer> free_;

  void copy(std::size_t turn, TokenId* to) const {
    const auto ids = turns_[turn].ids.ids();
    std::copy(ids.begin(), ids.end(), to);
  }
};

}  // namespace polyvocab
