// Sums of changes by pair, state and column.
//
// Promises: exact sums of 64 bits; says whether it would have to grow beyond a limit. What is added is looked up a few dozen at
// a time, so that their places arrive from memory while others are looked at.
#pragma once

#include <array>
#include <cstdint>

#include "core/hash.h"
#include "core/large_pages.h"
#include "core/replay/pair_event.h"

namespace polyvocab {

class EventTable {
 public:
  EventTable();

  void add(const PairEvent& event) {
    const std::uint64_t hash = hash_pair(event.pair, event.at);
    __builtin_prefetch(&slots_[fold_into(hash, slots_.size())], 1);
    waiting_[waiting_count_++] = event;
    if (waiting_count_ == waiting_.size()) drain();
  }

  bool empty() const { return used_ + waiting_count_ == 0; }
  // Whether it needs more than `limit` bytes to go on.
  bool is_full(std::size_t limit) const { return would_grow() && slots_.size() * 2 * sizeof(PairEvent) > limit; }

  // All sums that are not 0, in no order; leaves the table empty and small.
  LargeVector<PairEvent> take();

 private:
  static constexpr std::size_t first_slots = 1 << 12;
  static constexpr std::uint64_t unused = ~std::uint64_t{0};  // as a pair: of two tokens that there are not

  LargeVector<PairEvent> slots_;
  std::size_t used_ = 0;
  std::array<PairEvent, 64> waiting_;
  std::size_t waiting_count_ = 0;

  bool would_grow() const { return (used_ + waiting_.size()) * 4 > slots_.size() * 3; }
  PairEvent& slot_of(const PairEvent& event);
  void drain();
  void grow();
};

}  // namespace polyvocab
