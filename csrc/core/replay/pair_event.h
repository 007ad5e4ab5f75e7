// Counts of neighbouring tokens that change while merges are applied.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "core/models/model.h"
#include "core/sorted/source.h"

namespace polyvocab {

// Before merge t is applied the words are in state t. From a state on, a pair of neighbours is met `change` times more in a
// column of counts.
struct PairEvent {
  std::uint64_t pair = 0;  // left << 32 | right
  std::uint64_t at = 0;    // state << 32 | column
  std::int64_t change = 0;

  static std::uint64_t pair_of(TokenId left, TokenId right) { return std::uint64_t{left} << 32 | right; }
  static std::uint64_t at_of(std::uint32_t state, std::uint32_t column) { return std::uint64_t{state} << 32 | column; }
  TokenId left() const { return static_cast<TokenId>(pair >> 32); }
  TokenId right() const { return static_cast<TokenId>(pair); }
  std::uint32_t state() const { return static_cast<std::uint32_t>(at >> 32); }
  std::uint32_t column() const { return static_cast<std::uint32_t>(at); }

  // By left, right, state, column.
  bool operator<(const PairEvent& other) const { return pair != other.pair ? pair < other.pair : at < other.at; }
  bool is_of(const PairEvent& other) const { return pair == other.pair && at == other.at; }
  void add(const PairEvent& other) {
    if (__builtin_add_overflow(change, other.change, &change)) {
      throw std::overflow_error("a pair is met more often than 64 bits can count");
    }
  }
};

using EventSource = SortedSource<PairEvent>;

}  // namespace polyvocab
