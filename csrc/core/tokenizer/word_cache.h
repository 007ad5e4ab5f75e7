// What a thread has learnt: words and their ids.
//
// Promises: the ids that were put in for the same bytes, or nothing; bounded memory; no allocation per word. Two tables of
// fixed slots: words of at most 15 bytes and 4 ids in half a cache line, of at most 38 bytes and 6 ids in a whole one.
// Longer words are not kept: in a corpus they hardly come back.
// Does not: keep everything. A set has two slots; a word that finds both taken replaces the older one.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/models/model.h"

namespace polyvocab {

// A word of at most 15 bytes as two numbers, its length in the last byte.
struct ShortWord {
  static constexpr std::size_t most_bytes = 15;
  std::uint64_t low, high;

  std::uint64_t hash() const { return hash_pair(low, high); }

  // `readable`: 16 bytes from `word` may be read, whatever its length.
  static ShortWord of(const char* word, std::size_t size, bool readable) {
    ShortWord out{0, 0};
    if (readable) {
      std::memcpy(&out.low, word, 8);
      std::memcpy(&out.high, word + 8, 8);
      // Shifts by 64 are undefined, hence in two steps; sizes are 1 to 15.
      const auto low_bits = static_cast<unsigned>(size < 8 ? size * 8 : 64);
      const auto high_bits = static_cast<unsigned>(size > 8 ? (size - 8) * 8 : 0);
      out.low &= ~std::uint64_t{0} >> (64 - low_bits);
      out.high &= (std::uint64_t{1} << high_bits) - 1;
    } else {
      char padded[16] = {};
      std::memcpy(padded, word, size);
      std::memcpy(&out.low, padded, 8);
      std::memcpy(&out.high, padded + 8, 8);
    }
    out.high |= static_cast<std::uint64_t>(size) << 56;
    return out;
  }
};

class WordCache {
 public:
  static constexpr std::size_t most_bytes = 38;
  static constexpr std::size_t most_ids = 6;

  WordCache() : small_(first_sets), large_(first_sets) {}

  void prefetch_short(std::uint64_t hash) const { __builtin_prefetch(&small_.sets[hash & small_.mask]); }
  void prefetch_long(std::uint64_t hash) const { __builtin_prefetch(&large_.sets[hash & large_.mask]); }

  // Writes at least 4 ids' worth of memory at `out`, and returns how many count; negative where the word is not known.
  int find(ShortWord word, std::uint64_t hash, TokenId* out) const {
    const SmallSet& set = small_.sets[hash & small_.mask];
    for (const SmallSlot& slot : set.slots) {
      if (slot.low == word.low && (slot.high & key_bits) == word.high) {
        std::memcpy(out, slot.ids, sizeof slot.ids);
        return static_cast<int>(slot.high >> 60);
      }
    }
    return -1;
  }

  void insert(ShortWord word, std::uint64_t hash, std::span<const TokenId> ids) {
    if (ids.size() > 4) return;
    SmallSlot slot{word.low, word.high | static_cast<std::uint64_t>(ids.size()) << 60, {}};
    std::memcpy(slot.ids, ids.data(), ids.size_bytes());
    small_.insert(hash, slot);
  }

  // Writes at least `most_ids` ids' worth of memory.
  int find(std::string_view word, std::uint64_t hash, TokenId* out) const {
    const LargeSet& set = large_.sets[hash & large_.mask];
    for (const LargeSlot& slot : set.slots) {
      if (slot.size == word.size() && std::memcmp(slot.bytes, word.data(), word.size()) == 0) {
        std::memcpy(out, slot.ids, sizeof slot.ids);
        return slot.count;
      }
    }
    return -1;
  }

  void insert(std::string_view word, std::uint64_t hash, std::span<const TokenId> ids) {
    if (ids.size() > most_ids || word.size() > most_bytes) return;
    LargeSlot slot{};
    std::memcpy(slot.ids, ids.data(), ids.size_bytes());
    slot.size = static_cast<std::uint8_t>(word.size());
    slot.count = static_cast<std::uint8_t>(ids.size());
    std::memcpy(slot.bytes, word.data(), word.size());
    large_.insert(hash, slot);
  }

 private:
  static constexpr std::size_t first_sets = 1 << 10;
  static constexpr std::uint64_t key_bits = 0x0FFFFFFFFFFFFFFF;  // the length of a short word needs 4 of its 8 bits; the count has the others

  struct SmallSlot {
    std::uint64_t low = 0, high = 0;
    TokenId ids[4] = {};
    bool used() const { return high != 0; }
    std::uint64_t hash() const { return hash_pair(low, high & key_bits); }
  };
  struct LargeSlot {
    TokenId ids[most_ids] = {};
    std::uint8_t size = 0, count = 0;
    char bytes[most_bytes] = {};
    bool used() const { return size != 0; }
    std::uint64_t hash() const { return hash_bytes({bytes, size}); }
  };

  // Grows by rehashing until it has its most sets.
  template <class Slot, std::size_t most_bytes_of_table>
  struct Table {
    struct alignas(64) Set {
      Slot slots[2];
    };
    std::vector<Set> sets;
    std::uint64_t mask;
    std::size_t used = 0;

    explicit Table(std::size_t count) : sets(count), mask(count - 1) {}

    void insert(std::uint64_t hash, const Slot& slot) {
      if (used * 2 > sets.size() * 2 && sizeof(Set) * sets.size() * 4 <= most_bytes_of_table) grow();
      place(hash, slot);
    }
    void place(std::uint64_t hash, const Slot& slot) {
      Set& set = sets[hash & mask];
      if (!set.slots[0].used() || !set.slots[1].used()) ++used;
      if (set.slots[0].used()) set.slots[1] = set.slots[0];
      set.slots[0] = slot;
    }
    void grow() {
      std::vector<Set> old(sets.size() * 4);
      old.swap(sets);
      mask = sets.size() - 1;
      used = 0;
      for (const Set& set : old) {
        for (const Slot* slot : {&set.slots[1], &set.slots[0]}) {
          if (slot->used()) place(slot->hash(), *slot);
        }
      }
    }
  };
  using SmallTable = Table<SmallSlot, std::size_t{64} << 20>;
  using LargeTable = Table<LargeSlot, std::size_t{64} << 20>;
  using SmallSet = SmallTable::Set;
  using LargeSet = LargeTable::Set;

  SmallTable small_;
  LargeTable large_;
};

}  // namespace polyvocab
