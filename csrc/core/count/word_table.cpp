#include "core/count/word_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/hash.h"
#include "core/tokenizer/word_cache.h"

namespace polyvocab {
namespace {

constexpr std::size_t batch = 128;

// The same word in another block is another entry.
std::uint64_t in_block(std::uint64_t hash, std::uint32_t block) { return hash + block * 0x9E3779B97F4A7C15u; }

// Eight bytes as a number that has their order.
std::uint64_t big_endian(std::uint64_t bytes) { return __builtin_bswap64(bytes); }

std::uint64_t first_bytes(std::string_view word) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, word.data(), std::min(word.size(), sizeof bytes));
  return big_endian(bytes);
}

}  // namespace

WordTable::Slots WordTable::empty(std::size_t slots) {
  auto out = std::make_unique<ZeroedArray<Slot>>(slots, slots);
  out->take_memory();
  return out;
}

WordTable::WordTable() : slots_(empty(first_slots)) {}

std::size_t WordTable::memory_with(std::size_t words, std::size_t bytes) const {
  const std::size_t arena = arena_.memory_with(bytes + words * sizeof(std::uint32_t));
  return arena + slots_->size() * sizeof(Slot) * (is_full(words) ? 3 : 1);
}

void WordTable::clear() {
  slots_ = empty(first_slots);
  used_ = 0;
  arena_.clear();
}

void WordTable::grow() {
  const std::size_t size = slots_->size() * 2;
  auto larger = empty(size);
  for (std::size_t i = 0; i < slots_->size(); ++i) {
    const Slot& slot = (*slots_)[i];
    if (!slot.used()) continue;
    std::size_t at = slot.hash & (size - 1);
    while ((*larger)[at].used()) at = (at + 1) & (size - 1);
    (*larger)[at] = slot;
  }
  slots_ = std::move(larger);
}

// Two passes over a batch, so that the slots of all its words are on their way from memory when the first is looked at.
void WordTable::add(std::string_view text, std::span<const Span> words, std::uint32_t block, std::uint64_t times) {
  std::array<ShortWord, batch> keys;
  std::array<std::uint64_t, batch> hashes;
  while (!words.empty()) {
    const auto part = words.first(std::min(batch, words.size()));
    words = words.subspan(part.size());
    while (is_full(part.size())) grow();
    const std::size_t mask = slots_->size() - 1;
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto [begin, end] = part[i];
      const std::uint32_t size = end - begin;
      if (size <= ShortWord::most_bytes) [[likely]] {
        keys[i] = ShortWord::of(text.data() + begin, size, std::size_t{begin} + 16 <= text.size());
        hashes[i] = in_block(keys[i].hash(), block);
      } else {
        hashes[i] = in_block(hash_bytes(text.substr(begin, size)), block);
      }
      __builtin_prefetch(&(*slots_)[hashes[i] & mask], 1);
    }
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto [begin, end] = part[i];
      if (end - begin <= ShortWord::most_bytes) [[likely]] {
        slot_of(keys[i].low, keys[i].high, block, hashes[i]).count += times;
      } else {
        slot_of(text.substr(begin, end - begin), block, hashes[i]).count += times;
      }
    }
  }
}

WordTable::Slot& WordTable::slot_of(std::uint64_t low, std::uint64_t high, std::uint32_t block, std::uint64_t hash) {
  const std::size_t mask = slots_->size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = (*slots_)[at];
    if (slot.low == low && slot.high == high && slot.block == block) return slot;
    if (slot.used()) continue;
    slot = {low, high, 0, block, static_cast<std::uint32_t>(hash)};
    ++used_;
    return slot;
  }
}

WordTable::Slot& WordTable::slot_of(std::string_view word, std::uint32_t block, std::uint64_t hash) {
  const std::size_t mask = slots_->size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = (*slots_)[at];
    if (slot.low == hash && slot.is_long() && slot.block == block && word_of(slot) == word) return slot;
    if (slot.used()) continue;
    slot = {hash, long_tag << 56 | arena_.add(word), 0, block, static_cast<std::uint32_t>(hash)};
    ++used_;
    return slot;
  }
}

// The slots of a table in the order of their words. Their numbers become ones that have the order of the bytes: `low` of the
// first 8, `hash` of the next 4.
class WordTable::Sorted final : public WordSource {
 public:
  Sorted(Slots slots, WordArena arena) : slots_(std::move(slots)), arena_(std::move(arena)) {
    for (std::size_t i = 0; i < slots_->size(); ++i) {
      if (!(*slots_)[i].used()) continue;
      Slot& slot = (*slots_)[count_++] = (*slots_)[i];
      slot.low = slot.is_long() ? first_bytes(arena_[slot.high & reference_bits]) : big_endian(slot.low);
      const std::uint64_t next = slot.is_long() ? first_bytes(arena_[slot.high & reference_bits].substr(8))
                                                : big_endian(slot.high) & ~std::uint64_t{0xFF};  // not its size
      slot.hash = static_cast<std::uint32_t>(next >> 32);
    }
    std::sort(&(*slots_)[0], &(*slots_)[0] + count_, [this](const Slot& a, const Slot& b) { return is_less(a, b); });
  }

  bool next() override {
    if (at_ == count_) return false;
    const Slot& slot = (*slots_)[at_++];
    current_ = {word_of(slot, bytes_), slot.block, slot.count};
    return true;
  }

 private:
  struct ShortBytes {
    std::uint64_t low, high;
  };
  Slots slots_;
  WordArena arena_;
  std::size_t count_ = 0, at_ = 0;
  ShortBytes bytes_{};  // of the current word

  bool is_less(const Slot& a, const Slot& b) const {
    if (a.low != b.low) return a.low < b.low;
    if (a.hash != b.hash) return a.hash < b.hash;
    if (!a.is_long() && !b.is_long()) {
      return a.high != b.high ? big_endian(a.high) < big_endian(b.high) : a.block < b.block;
    }
    ShortBytes left, right;
    const int order = word_of(a, left).compare(word_of(b, right));
    return order != 0 ? order < 0 : a.block < b.block;
  }

  std::string_view word_of(const Slot& slot, ShortBytes& bytes) const {
    if (slot.is_long()) return arena_[slot.high & reference_bits];
    bytes = {big_endian(slot.low), slot.high};
    return {reinterpret_cast<const char*>(&bytes), slot.high >> 56};
  }
};

std::unique_ptr<WordSource> WordTable::take_sorted() {
  auto sorted = std::make_unique<Sorted>(std::move(slots_), std::move(arena_));
  clear();
  return sorted;
}

}  // namespace polyvocab
