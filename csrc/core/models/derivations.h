// How the tokens of a BPE come into being, and which of them stay apart when they are neighbours.
//
// A run of symbols inside a word is merged as if it stood alone until a merge reaches across its ends. Hence a token always
// comes from the same two parts, and where no merge reaches across between two neighbours alone, none does in any word.
//
// Promises: a token's number says when it is made: symbols have the lowest, then come the tokens by the rank of their merge.
// Expects: merges in order of rank.
// Does not: follow irregular merges, which come before one that makes their parts. Tokens that could meet one while they come
// into being are not sure, and the two tokens of one are not said to stay apart. `of` gives nothing where there are many of
// them, where two merges that happen have equal ranks, or where tokens have ids far beyond their count.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/large_pages.h"
#include "core/models/pair_table.h"

namespace polyvocab {

class Derivations {
 public:
  using Number = std::uint32_t;
  static constexpr Number none = 0xFFFFFFFF;

  struct Parts {
    Number left, right;
    bool operator==(const Parts&) const = default;
  };

  // `symbols` are numbered as they come; no two are equal.
  static std::optional<Derivations> of(std::span<const TokenId> symbols, std::span<const Merge> merges);

  Number size() const { return static_cast<Number>(ids_.size()); }
  Number symbols() const { return symbols_; }
  TokenId id(Number token) const { return ids_[token]; }
  void to_ids(std::span<TokenId> tokens) const {
    if (ids_are_numbers_) return;
    for (TokenId& token : tokens) token = ids_[token];
  }
  Parts parts(Number token) const { return parts_[token]; }  // none where it is a symbol

  std::size_t pairs() const { return ids_.size() - symbols_; }
  // Calls visit(parts, token) for all pairs that make a token; of an irregular merge the token is 0.
  template <class Visit>
  void for_each_pair(Visit&& visit) const {
    for (const Slot& slot : slots_) {
      if (slot.token != none) visit(slot.parts, slot.token);
    }
  }

  // Whether the token's text always becomes it.
  bool is_sure(Number token) const { return unsure_.empty() || !unsure_[token]; }
  bool all_are_sure() const { return unsure_.empty(); }

  // Whether the two tokens, side by side, are what the symbols of both are merged to. Goes back in time over the pairs of
  // tokens that have met at the place between them.
  bool stay_apart(Number left, Number right) const { return stay_apart(left, right, find(left, right), none, none); }

 private:
  struct Slot {
    Parts parts{none, none};
    Number token = none;
  };
  Number symbols_ = 0;
  std::vector<TokenId> ids_;
  LargeVector<Parts> parts_;
  bool ids_are_numbers_ = false;
  std::vector<bool> unsure_;            // empty where none is
  LargeVector<Slot> slots_;             // two thirds full
  std::vector<std::uint64_t> present_;  // 16 bits or more for each merge, one of them set

  Derivations() = default;

  static std::uint64_t mix(Number left, Number right) {
    const std::uint64_t product = (static_cast<std::uint64_t>(left) << 32 | right) * 0x9E3779B97F4A7C15u;
    return product ^ product >> 32;
  }
  std::size_t bit(std::uint64_t hash) const { return (hash >> 20) & (present_.size() * 64 - 1); }

  // The token that the two make, or none. A small bit set says of nearly all pairs that they make none.
  Number find(Number left, Number right) const {
    const std::uint64_t hash = mix(left, right);
    if (!(present_[bit(hash) / 64] >> bit(hash) % 64 & 1)) return none;
    return slots_[slot({left, right}, hash)].token;
  }

  std::size_t slot(Parts parts, std::uint64_t hash) const {
    std::size_t at = fold_into(hash, slots_.size());
    while (slots_[at].token != none && slots_[at].parts != parts) {
      if (++at == slots_.size()) at = 0;
    }
    return at;
  }

  // `both` is what the two make, `left_goes` and `right_goes` the tokens that they become part of.
  bool stay_apart(Number left, Number right, Number both, Number left_goes, Number right_goes) const {
    for (;;) {
      // Equal to the one on the right, and so at its rank: of equal ranks the leftmost pair is first.
      if (both < left_goes && both <= right_goes) return false;
      if (left < symbols_ && right < symbols_) return true;
      // Of equal tokens the left one was made first.
      if (right >= left) {
        right_goes = right;
        right = parts_[right].left;
      } else {
        left_goes = left;
        left = parts_[left].right;
      }
      both = find(left, right);
    }
  }

  // Whether the two stay apart but for being merged with each other.
  bool meet(Number left, Number right) const { return stay_apart(left, right, none, none, none); }

  void add(TokenId id, Parts parts);
  void set(Parts parts, Number token);
  bool set_irregular(std::span<const Parts> pairs);
};

}  // namespace polyvocab
