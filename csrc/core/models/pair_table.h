// The merges of a BPE, by the pair that they merge.
//
// Expects: of two merges for the same pair the later one counts. Immutable once built.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "core/hash.h"
#include "core/large_pages.h"
#include "core/models/model.h"

namespace polyvocab {

struct Merge {
  TokenId left;
  TokenId right;
  TokenId merged;
  std::uint32_t rank;  // the lowest is merged first
};

class PairTable {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  struct Found {
    std::uint32_t rank;  // or none
    TokenId merged;
  };

  explicit PairTable(std::span<const Merge> merges)
      : slots_(merges.size() + merges.size() / 2 + 2), present_(std::bit_ceil(merges.size() / 4 + 64)) {
    for (const auto& [left, right, merged, rank] : merges) {
      most_rank_ = std::max(most_rank_, rank);
      const std::uint64_t hash = mix(left, right);
      Slot& slot = slots_[find(left, right, hash)];
      slot = {left, right, rank, merged};
      present_[bit(hash) / 64] |= std::uint64_t{1} << bit(hash) % 64;
    }
  }

  // Sends for what a look-up will read.
  void prefetch(TokenId left, TokenId right) const {
    __builtin_prefetch(&slots_[fold_into(mix(left, right), slots_.size())]);
  }

  std::uint32_t most_rank() const { return most_rank_; }

  Found operator()(TokenId left, TokenId right) const {
    const std::uint64_t hash = mix(left, right);
    // Most pairs of a text are no merge. A small bit set, which stays in the nearest cache, says so of nearly all of them.
    if (!(present_[bit(hash) / 64] >> bit(hash) % 64 & 1)) return {none, 0};
    const Slot& slot = slots_[find(left, right, hash)];
    return {slot.rank, slot.merged};
  }

 private:
  struct Slot {
    TokenId left = 0, right = 0;
    std::uint32_t rank = none;
    TokenId merged = 0;
  };
  LargeVector<Slot> slots_;             // two thirds full
  std::uint32_t most_rank_ = 0;
  std::vector<std::uint64_t> present_;  // 16 bits for each merge, one of them set

  static std::uint64_t mix(TokenId left, TokenId right) {
    const std::uint64_t pair = static_cast<std::uint64_t>(left) << 32 | right;
    const std::uint64_t product = pair * 0x9E3779B97F4A7C15u;
    return product ^ product >> 32;
  }
  std::size_t bit(std::uint64_t hash) const { return (hash >> 20) & (present_.size() * 64 - 1); }
  std::size_t find(TokenId left, TokenId right, std::uint64_t hash) const {
    std::size_t at = fold_into(hash, slots_.size());
    while (slots_[at].rank != none && (slots_[at].left != left || slots_[at].right != right)) {
      if (++at == slots_.size()) at = 0;
    }
    return at;
  }
};

}  // namespace polyvocab
