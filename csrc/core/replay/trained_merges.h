// A merge list and how words are spelled for it: what is replayed.
//
// Immutable once built, and so shared by all categories of words.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/replay/merge_steps.h"
#include "core/replay/pair_event.h"
#include "core/replay/piece_limits.h"
#include "core/replay/token_histories.h"
#include "core/replay/training_symbols.h"

namespace polyvocab {

class TrainedMerges {
 public:
  struct Options {
    BpeOptions spelling{};  // how words become symbols: `spelt`, `continuing_prefix`, `end_suffix`
    // Whether 'aaa' has the pair (a, a) twice, as Hugging Face, SentencePiece and subword-nmt count; else once, and 'aaaa'
    // twice.
    bool overlapping = true;
    // Pairs that could be no piece are not counted, unless the list has them.
    std::optional<PieceLimits> limits{};
  };

  // `tokens` and `ids`: the vocabulary by which words are spelled. Ids are below 0xFFFFFFFF.
  TrainedMerges(Strings tokens, std::span<const TokenId> ids, std::vector<MergeStep> steps, Options options);

  const MergeSteps& steps() const { return steps_; }
  const TrainingSymbols& symbols() const { return *symbols_; }
  bool overlapping() const { return options_.overlapping; }
  // Whether words may be any bytes.
  bool is_over_bytes() const { return options_.spelling.spelt != Spelt::in_characters; }
  // Of a regular list, as trainers make them; else null.
  const TokenHistories* histories() const { return histories_ ? &*histories_ : nullptr; }

  bool has_limits() const { return options_.limits.has_value(); }
  bool is_counted(TokenId left, TokenId right) const {
    return !has_limits() || options_.limits->may_join(left, right) || steps_.next(left, right, 0) != MergeSteps::none;
  }

 private:
  Options options_;
  MergeSteps steps_;
  std::optional<TrainingSymbols> symbols_;
  std::optional<TokenHistories> histories_;
};

}  // namespace polyvocab
