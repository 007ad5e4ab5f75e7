#include "core/replay/event_table.h"

#include <algorithm>
#include <utility>

namespace polyvocab {

EventTable::EventTable() : slots_(first_slots, PairEvent{unused, 0, 0}) {}

PairEvent& EventTable::slot_of(const PairEvent& event) {
  std::size_t at = fold_into(hash_pair(event.pair, event.at), slots_.size());
  while (slots_[at].pair != unused && !slots_[at].is_of(event)) {
    if (++at == slots_.size()) at = 0;
  }
  return slots_[at];
}

void EventTable::drain() {
  if (would_grow()) grow();
  for (std::size_t i = 0; i < waiting_count_; ++i) {
    PairEvent& slot = slot_of(waiting_[i]);
    if (slot.pair == unused) {
      slot = waiting_[i];
      ++used_;
    } else {
      slot.change += waiting_[i].change;
    }
  }
  waiting_count_ = 0;
}

void EventTable::grow() {
  const auto old = std::exchange(slots_, LargeVector<PairEvent>(slots_.size() * 2, PairEvent{unused, 0, 0}));
  for (const PairEvent& event : old) {
    if (event.pair != unused) slot_of(event) = event;
  }
}

LargeVector<PairEvent> EventTable::take() {
  drain();
  const auto last = std::remove_if(slots_.begin(), slots_.end(), [](const PairEvent& slot) { return slot.change == 0; });
  slots_.erase(last, slots_.end());
  used_ = 0;
  return std::exchange(slots_, LargeVector<PairEvent>(first_slots, PairEvent{unused, 0, 0}));
}

}  // namespace polyvocab
