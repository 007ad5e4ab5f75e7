// How the counts of a pair change in one state, in all columns at once.
#pragma once

#include "core/replay/column_counts.h"
#include "core/replay/pair_event.h"

namespace polyvocab {

struct PairChange {
  std::uint64_t pair;  // as that of a PairEvent
  std::uint32_t state;
  std::int32_t signed_size;  // of `counts`; negative where they are taken away
  const ColumnCount* counts;

  static PairChange of(TokenId left, TokenId right, std::uint32_t state, ColumnCounts counts, bool is_taken) {
    const auto size = static_cast<std::int32_t>(counts.size());
    return {PairEvent::pair_of(left, right), state, is_taken ? -size : size, counts.data()};
  }
  TokenId left() const { return static_cast<TokenId>(pair >> 32); }
  TokenId right() const { return static_cast<TokenId>(pair); }
  std::int64_t sign() const { return signed_size < 0 ? -1 : 1; }
  ColumnCounts columns() const { return {counts, static_cast<std::size_t>(signed_size < 0 ? -signed_size : signed_size)}; }

  bool operator<(const PairChange& other) const { return pair != other.pair ? pair < other.pair : state < other.state; }
  bool is_of(const PairChange& other) const { return pair == other.pair && state == other.state; }
};

}  // namespace polyvocab
