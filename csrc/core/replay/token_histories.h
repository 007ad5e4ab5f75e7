// The pairs of words while they are merged, from the tokens that they end in.
//
// Merges of a trainer are regular: each token comes from the same two parts everywhere, by a step behind those of its parts.
// So what happened inside a token depends on the token alone, and what happened between two tokens that stay neighbours on
// these two alone. Going back in time, a token is taken apart into the pair that made it, and a pair of neighbours into the one
// that it came from: the younger token gives way to its part that stood there before. What is the same is taken together
// on the way, so time is linear in the number of events that come out and not in the length of the words.
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
#include "core/replay/merge_steps.h"
#include "core/replay/pair_event.h"

namespace polyvocab {

class TokenHistories {
 public:
  using Number = Derivations::Number;
  static constexpr Number end = Derivations::none;  // what stands behind the last token of a run

  // `most_bytes`: of the texts of all tokens together.
  static std::optional<TokenHistories> of(std::span<const TokenSearch::Symbol> symbols, const MergeSteps& steps,
                                          std::size_t most_bytes);

  // The tokens that a run of symbols ends in, by their numbers.
  const TokenSearch& search() const { return search_; }

  // Appends the events of words that end in these pairs of numbers: a token and the one that follows it, or `end` where nothing
  // does; their column alone as their place, and how often. Of any order; the same may come more than once, and so do events.
  void unwind(LargeVector<PairEvent> last, LargeVector<PairEvent>& out) const;

 private:
  TokenSearch search_;
  std::vector<std::uint32_t> states_;  // of each number: the one that it comes into being with

  class Unwinding;

  TokenHistories(TokenSearch search, std::span<const Merge> merges);
};

}  // namespace polyvocab
