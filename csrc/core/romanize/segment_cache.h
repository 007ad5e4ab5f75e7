// What a thread has romanized: short pieces of text and what they became.
//
// Promises: what was put in for the same bytes, or nothing; no allocation after it is made; one cache line a question.
// Does not: keep everything. A piece that finds its slot taken replaces the other one; long ones are not kept.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/hash.h"

namespace polyvocab::romanize {

class SegmentCache {
 public:
  static constexpr std::size_t most_bytes = 62;  // of both together

  struct Slot {
    std::uint8_t from_size, to_size;  // from_size 0: nothing is here
    char bytes[most_bytes];           // what was romanized, and then what it became

    std::string_view romanized() const { return {bytes + from_size, to_size}; }
  };

  SegmentCache() : slots_(slot_count) {}

  // nullptr where it is not known.
  const Slot* find(std::string_view segment, std::uint64_t hash) const {
    const Slot& slot = slots_[hash >> (64 - bits)];
    const bool is_known = slot.from_size == segment.size() && std::memcmp(slot.bytes, segment.data(), segment.size()) == 0;
    return is_known ? &slot : nullptr;
  }

  void insert(std::string_view segment, std::uint64_t hash, std::string_view romanized) {
    if (segment.size() + romanized.size() > most_bytes) return;
    Slot& slot = slots_[hash >> (64 - bits)];
    slot.from_size = static_cast<std::uint8_t>(segment.size());
    slot.to_size = static_cast<std::uint8_t>(romanized.size());
    std::memcpy(slot.bytes, segment.data(), segment.size());
    std::memcpy(slot.bytes + segment.size(), romanized.data(), romanized.size());
  }

 private:
  static constexpr unsigned bits = 14;
  static constexpr std::size_t slot_count = std::size_t{1} << bits;
  std::vector<Slot> slots_;
};

}  // namespace polyvocab::romanize
