// What a thread has learnt: words and their ids.
//
// Promises: the ids that were put in for the same bytes, or nothing; bounded memory; no allocation per word. Two tables of
// fixed slots: words of at most 15 bytes in half a cache line, longer ones in a whole one. Most have room there for their
// ids too; those of the others, and the ends of long words, lie in a block of their own.
// Does not: keep everything. A word that finds its slots and those near them taken replaces another one. When
// the block is full, all is forgotten. Words of more than 255 bytes hardly come back in a corpus and are not kept.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/hash.h"
#include "core/models/model.h"
#include "core/large_pages.h"

namespace polyvocab {

// A word of at most 15 bytes as two numbers, its length in the last byte.
struct ShortWord {
  static constexpr std::size_t most_bytes = 15;
  std::uint64_t low, high;

  std::uint64_t hash() const { return hash_pair(low, high); }

  // `readable`: 16 bytes from `word` may be read, whatever its length, which is 1 to 15.
  static ShortWord of(const char* word, std::size_t size, bool readable) {
    ShortWord out;
    char padded[16] = {};
    if (!readable) [[unlikely]] {
      std::memcpy(padded, word, size);
      word = padded;
    }
    std::memcpy(&out.low, word, 8);
    std::memcpy(&out.high, word + 8, 8);
    // Sizes are not foreseeable: a table instead of a jump.
    out.low &= masks[size][0];
    out.high = (out.high & masks[size][1]) | static_cast<std::uint64_t>(size) << 56;
    return out;
  }

 private:
  static constexpr auto masks = [] {
    std::array<std::array<std::uint64_t, 2>, most_bytes + 1> table{};
    for (std::size_t size = 0; size <= most_bytes; ++size) {
      table[size][0] = size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * size) - 1;
      table[size][1] = size <= 8 ? 0 : (std::uint64_t{1} << 8 * (size - 8)) - 1;
    }
    return table;
  }();
};

class WordCache {
 public:
  static constexpr std::size_t most_bytes = 255;

  // What was found: ids, null where the word is not known. For one that is awaited, which one it is.
  struct Found {
    static constexpr std::uint32_t not_awaited = 0xFFFFFFFF;
    const TokenId* ids = nullptr;
    std::size_t count = 0;
    std::uint32_t awaited = not_awaited;
  };

  void prefetch_short(std::uint64_t hash) const { __builtin_prefetch(&small_.sets[hash & small_.mask]); }
  void prefetch_long(std::uint64_t hash) const { __builtin_prefetch(&large_.sets[hash & large_.mask]); }

  // Writes the ids of a word that is where it belongs and has at most 4 of them (4 are written, however many count) and
  // returns how many; negative for any other word, which `find` may still know.
  int copy(ShortWord word, std::uint64_t hash, TokenId* to) const {
    const auto& set = small_.sets[hash & small_.mask];
    // Which of the two it is is not foreseeable, so that choosing must not be a jump.
    const SmallSlot& slot = set.slots[set.slots[1].is(word) ? 1 : 0];
    std::memcpy(to, slot.ids, sizeof slot.ids);
    const auto count = static_cast<int>(slot.high >> 60);
    return slot.is(word) && count <= static_cast<int>(std::size(slot.ids)) ? count : -1;
  }

  Found find(ShortWord word, std::uint64_t hash) {
    const SmallSlot* slot = small_.find(hash, [&](const SmallSlot& slot) { return slot.is(word); });
    if (slot == nullptr) return {};
    const std::size_t count = slot->high >> 60;
    if (count == awaited) [[unlikely]] return {nullptr, 0, slot->ids[0]};
    if (count == overflows) [[unlikely]] return {&block_[slot->ids[0]], slot->ids[1]};
    return {slot->ids, count};
  }

  Found find(std::string_view word, std::uint64_t hash) {
    const auto rest = word.substr(std::min(word.size(), inline_bytes));
    const LargeSlot* slot = large_.find(hash, [&](const LargeSlot& slot) {
      return slot.is(word) &&
             (slot.count != overflows || std::memcmp(&block_[slot.ids[0]], rest.data(), rest.size()) == 0);
    });
    if (slot == nullptr) return {};
    if (slot->count == awaited) [[unlikely]] return {nullptr, 0, slot->ids[0]};
    if (slot->count != overflows) return {slot->ids, slot->count};
    return {&block_[slot->ids[0]] + units(rest.size()), slot->ids[1]};
  }

  // Remembers that the ids of a word, which is not known, will be put in: until then `find` tells `which` it is, and sometimes
  // even then. Not of words that have no room in a slot.
  void await(ShortWord word, std::uint64_t hash, std::uint32_t which) {
    small_.insert(hash, {word.low, word.high | awaited << 60, {which, 0, 0, 0}});
  }
  void await(std::string_view word, std::uint64_t hash, std::uint32_t which) {
    if (word.size() > inline_bytes) return;
    LargeSlot slot{};
    slot.size = static_cast<std::uint8_t>(word.size());
    slot.count = awaited;
    slot.ids[0] = which;
    std::memcpy(slot.bytes, word.data(), word.size());
    large_.insert(hash, slot);
  }

  // Puts in the ids of a word, in the place of what was known of it.
  void insert(ShortWord word, std::uint64_t hash, std::span<const TokenId> ids) {
    SmallSlot slot{word.low, word.high, {}};
    if (ids.size() <= std::size(slot.ids)) {
      std::copy(ids.begin(), ids.end(), slot.ids);
      slot.high |= static_cast<std::uint64_t>(ids.size()) << 60;
    } else {
      slot.ids[0] = store({}, ids);
      slot.ids[1] = static_cast<TokenId>(ids.size());
      slot.high |= overflows << 60;
    }
    small_.put(hash, slot, [&](const SmallSlot& known) { return known.is(word); });
  }

  void insert(std::string_view word, std::uint64_t hash, std::span<const TokenId> ids) {
    LargeSlot slot{};
    slot.size = static_cast<std::uint8_t>(word.size());
    std::memcpy(slot.bytes, word.data(), std::min(word.size(), inline_bytes));
    if (word.size() <= inline_bytes && ids.size() <= std::size(slot.ids)) {
      std::copy(ids.begin(), ids.end(), slot.ids);
      slot.count = static_cast<std::uint8_t>(ids.size());
    } else {
      slot.ids[0] = store(word.substr(std::min(word.size(), inline_bytes)), ids);
      slot.ids[1] = static_cast<TokenId>(ids.size());
      slot.ids[2] = static_cast<TokenId>(hash);
      slot.ids[3] = static_cast<TokenId>(hash >> 32);
      slot.count = overflows;
    }
    large_.put(hash, slot, [&](const LargeSlot& known) { return known.count == awaited && known.is(word); });
  }

  void forget() {
    small_.forget();
    large_.forget();
    block_used_ = 0;
  }

 private:
  static constexpr std::size_t first_sets = 1 << 10;
  static constexpr std::size_t inline_bytes = 38;
  // Instead of the count of a word's ids: they lie in the block, or are not there yet.
  static constexpr std::uint64_t overflows = 15, awaited = 14;
  // The length of a short word needs 4 of the 8 bits of its last byte; the count of its ids has the others.
  static constexpr std::uint64_t key_bits = 0x0FFFFFFFFFFFFFFF;

  struct SmallSlot {
    std::uint64_t low, high;
    TokenId ids[4];
    bool used() const { return high != 0; }
    bool is(ShortWord word) const { return ((low ^ word.low) | ((high & key_bits) ^ word.high)) == 0; }
    std::uint64_t hash() const { return hash_pair(low, high & key_bits); }
  };
  struct LargeSlot {
    TokenId ids[6];
    std::uint8_t size, count;
    char bytes[inline_bytes];
    bool used() const { return size != 0; }
    bool is(std::string_view word) const {
      return size == word.size() && std::memcmp(bytes, word.data(), std::min(word.size(), inline_bytes)) == 0;
    }
    std::uint64_t hash() const {
      if (count == overflows) return ids[2] | static_cast<std::uint64_t>(ids[3]) << 32;
      return hash_bytes({bytes, size});
    }
  };
  static_assert(sizeof(SmallSlot) == 32 && sizeof(LargeSlot) == 64);

  // A set is the slots of a cache line. One that is full lends those of its siblings, first the other line of the pair that the
  // processor fetches together. A word that is met there changes places with one at home, so that frequent words are found at
  // once. Grows by rehashing until it has its most sets.
  template <class Slot>
  struct Table {
    static constexpr std::size_t ways = 64 / sizeof(Slot);
    static constexpr std::uint64_t siblings = 16 / ways;
    struct alignas(64) Set {
      Slot slots[ways];
    };
    static constexpr std::size_t most_sets = (std::size_t{128} << 20) / sizeof(Set);
    ZeroedArray<Set> sets;
    std::uint64_t mask;
    std::size_t used = 0;

    Table() : sets(first_sets, most_sets), mask(first_sets - 1) { sets.take_memory(); }

    template <class Is>
    Slot* find(std::uint64_t hash, Is&& is) {
      Slot* const home = sets[hash & mask].slots;
      for (std::uint64_t sibling = 0; sibling < siblings; ++sibling) {
        for (Slot& slot : sets[(hash & mask) ^ sibling].slots) {
          if (!slot.used()) return nullptr;
          if (!is(slot)) continue;
          if (sibling == 0) return &slot;
          std::swap(slot, home[ways - 1]);
          return &home[ways - 1];
        }
      }
      return nullptr;
    }
    template <class Is>
    void put(std::uint64_t hash, const Slot& slot, Is&& is) {
      if (Slot* known = find(hash, is)) *known = slot;
      else insert(hash, slot);
    }
    void insert(std::uint64_t hash, const Slot& slot) {
      if (used * 2 > sets.size() * ways && sets.size() * 2 <= sets.capacity()) grow();
      place(hash, slot);
    }
    void place(std::uint64_t hash, const Slot& slot) {
      for (std::uint64_t sibling = 0; sibling < siblings; ++sibling) {
        for (Slot& free : sets[(hash & mask) ^ sibling].slots) {
          if (free.used()) continue;
          free = slot;
          ++used;
          return;
        }
      }
      sets[hash & mask].slots[ways - 1] = slot;
    }
    // In place: the words of sets that are siblings all go to the same siblings, or to those as far behind as there were sets.
    void grow() {
      const std::size_t old = sets.size();
      sets.grow_to(old * 2);
      sets.take_memory();
      mask = sets.size() - 1;
      used = 0;
      std::array<Set, siblings> moved;
      for (std::size_t first = 0; first < old; first += siblings) {
        std::copy_n(&sets[first], siblings, moved.begin());
        std::fill_n(&sets[first], siblings, Set{});
        for (const Set& set : moved) {
          for (const Slot& slot : set.slots) {
            if (slot.used()) place(slot.hash(), slot);
          }
        }
      }
    }
    void forget() {
      sets = ZeroedArray<Set>(sets.size(), most_sets);
      sets.take_memory();
      used = 0;
    }
  };

  Table<SmallSlot> small_;
  Table<LargeSlot> large_;
  static constexpr std::size_t first_block_ids = std::size_t{1} << 14, most_block_ids = std::size_t{12} << 20;
  // Of each entry: the rest of its word, filled up to whole ids, then its ids.
  ZeroedArray<TokenId> block_{first_block_ids, most_block_ids};
  std::size_t block_used_ = 0;

  static std::size_t units(std::size_t bytes) { return (bytes + sizeof(TokenId) - 1) / sizeof(TokenId); }

  TokenId store(std::string_view rest, std::span<const TokenId> ids) {
    const std::size_t more = units(rest.size()) + ids.size();
    if (block_used_ + more > block_.capacity()) forget();
    while (block_used_ + more > block_.size()) block_.grow_to(std::min(2 * block_.size(), block_.capacity()));
    const std::size_t at = block_used_;
    block_used_ += more;
    TokenId* const to = &block_[at];
    if (!rest.empty()) std::memcpy(to, rest.data(), rest.size());
    std::copy(ids.begin(), ids.end(), to + units(rest.size()));
    return static_cast<TokenId>(at);
  }
};

}  // namespace polyvocab
