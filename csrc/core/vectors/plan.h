// What happens in one round of training, decided before it: all that does not depend on the parameters.
//
// A round is a run of ids. Rare and thinned-out ids are left out, then every word that has neighbours is an example: its
// inputs are averaged to a hidden vector, which is to tell its true targets from noise. CBOW (Mikolov et al. 2013) has the
// words around the centre as inputs and the centre as target; skip-gram has the centre as input and each word around it as
// a target.
//
// Promises: a plan depends on the seed, the epoch and the place of the ids alone, never on threads or other rounds.
// Windows end with their sentence, not with the round: words beside a round are inputs and targets of its words too.
#pragma once

#include <cstdint>
#include <vector>

#include "core/vectors/noise.h"
#include "core/vectors/random.h"
#include "core/vectors/settings.h"

namespace polyvocab {

struct RoundPlan {
  std::vector<std::uint32_t> words;  // that occur, each once; "slot" below is an index into them

  // Examples: slots of the inputs, and targets (rows of words, with positive_target where true).
  std::vector<std::uint32_t> input_begin, inputs;
  std::vector<std::uint32_t> target_begin, targets;
  std::vector<float> scales;  // 1 / (rows that the inputs consist of)

  // For each slot the examples that have it as an input, ascending, as often as they have it.
  std::vector<std::uint32_t> back_begin, backs;

  // Every row that is to move, once, with what moves it: an output row the targets that name it, an input row (of a word,
  // or, from the number of words on, of an n-gram) the slots that consist of it.
  std::vector<std::uint32_t> output_rows, output_begin, output_examples, output_targets;
  std::vector<std::uint32_t> input_rows, input_row_begin, input_row_slots;

  std::size_t examples() const { return scales.size(); }
};

class RoundPlanner {
 public:
  // What it is given outlives it.
  RoundPlanner(const VectorSettings& settings, const IdStream& text, const WordList& words);

  std::int64_t rounds() const { return (text_.size + settings_.round - 1) / settings_.round; }  // of an epoch

  // slot_of: scratch of a thread, one number per row of words and n-grams, all `no_slot` before and after.
  static constexpr std::uint32_t no_slot = 0xFFFFFFFFu;
  void plan(int epoch, std::int64_t round, RoundPlan& out, std::vector<std::uint32_t>& slot_of) const;

 private:
  struct Kept;  // the words of a round that are left, and where their sentences lie
  const VectorSettings& settings_;
  const IdStream& text_;
  const WordList& words_;
  NoiseTable noise_;
  std::vector<std::uint64_t> keep_below_;  // of each word: kept where 32 random bits are below this

  bool keeps(std::uint64_t bits, std::int32_t word) const {
    return word >= 0 && bits >> 32 < keep_below_[static_cast<std::size_t>(word)];
  }
  std::int64_t begin_before(const CountedRandom& random, std::int64_t first) const;
  void keep(int epoch, std::int64_t round, RoundPlan& out, std::vector<std::uint32_t>& slot_of, Kept& kept) const;
  void add_targets(int epoch, std::int64_t place, const std::uint32_t* truths, std::size_t count, RoundPlan& out) const;
  void add_example(int epoch, const Kept& kept, std::size_t at, RoundPlan& out) const;
  void turn_round(RoundPlan& out) const;
  void list_output_rows(RoundPlan& out, std::vector<std::uint32_t>& slot_of) const;
  void list_input_rows(RoundPlan& out, std::vector<std::uint32_t>& slot_of) const;
};

}  // namespace polyvocab
