// The pairs of words while they are merged, from the tokens that they end in.
//
// Merges of a trainer are regular: each token comes from the same two parts everywhere, by a step behind those of its parts.
// So what happened inside a token depends on the token alone, and what happened between two tokens that stay neighbours on
// these two alone. Going back in time, a token is taken apart into the pair that made it, and a pair of neighbours into the one
// that it came from: the younger token gives way to its part that stood there before. What is the same is taken together on
// the way, so time is linear in the number of events that come out and not in the length of the words.
//
// Promises: what `Stepwise` gives, for runs of symbols.
// Expects: that places where a pair overlaps with itself are counted each.
// Does not: know irregular lists; `of` gives nothing for them. Steps that do nothing in any word do not make a list
// irregular: those of a pair that an earlier step merges, or whose parts no earlier step makes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/models/token_search.h"
#include "core/replay/column_counts.h"
#include "core/replay/merge_steps.h"
#include "core/replay/pair_change.h"

namespace polyvocab {

class LastPairs;
struct CountedWords;

class TokenHistories {
 public:
  using Number = Derivations::Number;

  // `most_bytes`: of the texts of all tokens together.
  static std::optional<TokenHistories> of(std::span<const TokenSearch::Symbol> symbols, const MergeSteps& steps,
                                          std::size_t most_bytes);

  // The tokens that a run of symbols ends in, by their numbers.
  const TokenSearch& search() const { return search_; }
  // What stands behind the last token of a run: more than any number.
  Number end() const { return search_.derivations().size(); }

  // Takes the pairs that words end in, each token with the one that follows it or with `end()`, and appends how pairs changed.
  // The same pair and state may come more than once. The counts are in `arena`.
  void unwind(LastPairs& last, const CountedWords& words, ColumnArena& arena, LargeVector<PairChange>& out) const;

 private:
  class Unwinding;
  TokenSearch search_;
  std::vector<std::uint32_t> states_;  // of each number: the one that it comes into being with

  TokenHistories(TokenSearch search, std::span<const Merge> merges);
};

}  // namespace polyvocab
