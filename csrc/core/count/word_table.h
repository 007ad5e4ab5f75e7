// Words and how often they were met.
//
// Promises: exact counts of 64 bits; no allocation per word: words of at most 15 bytes lie in their slot, others in an arena.
// Says what memory it has and what it would take to go on, so that its owner can keep a limit.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/count/word_arena.h"
#include "core/count/word_source.h"
#include "core/large_pages.h"
#include "core/normalizer/text.h"

namespace polyvocab {

class WordTable {
 public:
  WordTable();

  std::size_t size() const { return used_; }
  // In bytes.
  std::size_t memory() const { return slots_->size() * sizeof(Slot) + arena_.memory(); }
  // The most that it may have while it takes so many words of so many bytes together.
  std::size_t memory_with(std::size_t words, std::size_t bytes) const;

  // Adds `times` to each of the words, ranges of `text`, none empty.
  void add(std::string_view text, std::span<const Span> words, std::uint32_t block, std::uint64_t times);

  // Calls body(WordCount) for all words, in no order.
  template <class Body>
  void for_each(Body&& body) const {
    for (std::size_t i = 0; i < slots_->size(); ++i) {
      const Slot& slot = (*slots_)[i];
      if (slot.used()) body(WordCount{word_of(slot), slot.block, slot.count});
    }
  }

  // The words in their order; leaves the table empty. In the memory that the table has.
  std::unique_ptr<WordSource> take_sorted();

  // Forgets all and gives its memory back.
  void clear();

 private:
  struct Slot {
    std::uint64_t low, high;  // a ShortWord; or a hash, and a tag with a reference
    std::uint64_t count;
    std::uint32_t block, hash;
    bool used() const { return high != 0; }
    bool is_long() const { return high >> 56 == long_tag; }
  };
  using Slots = std::unique_ptr<ZeroedArray<Slot>>;
  static Slots empty(std::size_t slots);
  class Sorted;
  static constexpr std::uint64_t long_tag = 0xFF;  // where a ShortWord has its size
  static constexpr std::uint64_t reference_bits = (std::uint64_t{1} << 56) - 1;
  static constexpr std::size_t first_slots = 1 << 10;

  Slots slots_;
  std::size_t used_ = 0;
  WordArena arena_;

  bool is_full(std::size_t words) const { return (used_ + words) * 4 > slots_->size() * 3; }
  void grow();
  Slot& slot_of(std::uint64_t low, std::uint64_t high, std::uint32_t block, std::uint64_t hash);
  Slot& slot_of(std::string_view word, std::uint32_t block, std::uint64_t hash);
  std::string_view word_of(const Slot& slot) const {
    if (slot.is_long()) return arena_[slot.high & reference_bits];
    return {reinterpret_cast<const char*>(&slot.low), slot.high >> 56};
  }
};

}  // namespace polyvocab
