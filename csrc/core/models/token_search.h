// The tokens of a word, found by search instead of by merging.
//
// A word has one sequence of tokens of which all neighbours stay apart (see derivations.h), and it is what merging leaves. So
// the longest token is tried first at each place, then shorter ones; where none fits, the one before was wrong. The beginning
// of the word up to some place has one such sequence too, hence a place that was left once is never come back to: time is
// linear.
//
// Promises: what merging gives.
// Does not: know characters that are no symbols, or follow irregular merges. A word with one is left to the merges.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/large_pages.h"
#include "core/models/derivations.h"
#include "core/models/double_array.h"
#include "core/models/symbols.h"

namespace polyvocab {

class TokenSearch {
 public:
  struct Symbol {
    TokenId id;
    std::string_view text;
  };

  // Nothing where `Derivations` knows nothing, or where the tokens that merges make have more than `most_bytes` together.
  static std::optional<TokenSearch> of(std::span<const Symbol> symbols, std::span<const Merge> merges, std::size_t most_bytes);

  // Places of a word where no token ends.
  using Dead = std::vector<std::uint64_t>;

  // Fills `out`, which is empty, or leaves it empty and returns false.
  bool encode(std::string_view word, Dead& dead, Symbols& out) const {
    if (!find(word, dead, out)) return false;
    derivations_.to_ids(out.ids);
    return true;
  }
  // The same with the numbers of tokens instead of their ids.
  bool find(std::string_view word, Dead& dead, Symbols& out) const;

  const Derivations& derivations() const { return derivations_; }

  // Whether it finds the tokens of every word of symbols.
  bool is_complete() const { return derivations_.all_are_sure(); }

  // The token that a word is, if it is surely one.
  std::optional<TokenId> whole(std::string_view word) const {
    const std::uint32_t key = tokens_.find(word).key();
    if (key == 0) return {};
    return derivations_.id(key - 1);
  }

 private:
  using Number = Derivations::Number;
  static constexpr Number none = Derivations::none;

  struct Prefix {
    Number token;  // or none
    std::uint32_t length;
  };
  Derivations derivations_;
  DoubleArray tokens_;
  LargeVector<Prefix> shorter_;  // for each token: the longest one that it begins with and is not

  TokenSearch(Derivations derivations, const Strings& texts);

  // The longest token that a text begins with.
  Prefix longest(std::string_view text) const;
};

}  // namespace polyvocab
