// Word vectors by negative sampling, with or without character n-grams: word2vec (Mikolov et al. 2013) and fastText
// (Bojanowski et al. 2017).
//
// A round computes all its examples on the same parameters and then moves every row by the sum of what they ask for, in the
// order of the examples: stochastic gradient descent in small batches. So threads have nothing to race for, no row is
// copied, and what a word consists of is added up once per round instead of once per window.
//
// Promises: the same bits for the same settings and text on any number of threads and with every step kernel. Memory is the
// parameters, and some megabytes for the rounds that are planned ahead.
// Expects: at least one word; what the id stream points to outlives the trainer.
#pragma once

#include <cstdint>
#include <vector>

#include "core/large_pages.h"
#include "core/vectors/plan.h"
#include "core/vectors/settings.h"
#include "core/vectors/step.h"

namespace polyvocab {

class VectorTrainer {
 public:
  VectorTrainer(const VectorSettings& settings, const IdStream& text, WordList words, const StepKernel& kernel);
  ~VectorTrainer();
  VectorTrainer(const VectorTrainer&) = delete;
  VectorTrainer& operator=(const VectorTrainer&) = delete;

  // Trains about so many rounds, and no further than to the end of the epoch. Returns how many ids it went through.
  std::int64_t advance(std::int64_t rounds, int threads);

  bool finished() const { return epoch_ >= settings_.epochs; }
  int epoch() const { return epoch_; }
  // The mean loss per example since the epoch began, or of the whole epoch when it has just ended: the negative log
  // likelihood of its targets. Looks at one example of loss_every.
  double loss() const { return loss_examples_ > 0 ? loss_sum_ / static_cast<double>(loss_examples_) : 0.0; }

  const VectorSettings& settings() const { return settings_; }
  const WordList& words() const { return words_; }
  std::size_t width() const { return width_; }  // of a row in memory: dim, up to a multiple of the lanes
  const StepKernel& kernel() const { return kernel_; }
  RoundPlan plan(int epoch, std::int64_t round) const;

  // Rows of words, then of n-grams; rows of words.
  float* inputs() { return inputs_.data(); }
  float* outputs() { return outputs_.data(); }
  std::size_t input_rows() const { return words_.size() + words_.subword_rows; }

  // Word vectors, words x dim: the mean of a word's own row and those of its n-grams.
  void compose(float* out, int threads) const;

  static constexpr std::uint32_t loss_every = 16;

 private:
  struct Part;
  struct Meetings;
  VectorSettings settings_;
  IdStream text_;
  WordList words_;
  std::vector<std::uint32_t> parts_;  // of each word, its own row first
  std::vector<std::size_t> parts_begin_;
  RoundPlanner planner_;
  const StepKernel& kernel_;
  std::size_t width_;
  LargeVector<float> inputs_, outputs_;
  std::vector<RoundPlan> plans_;
  std::vector<std::vector<std::uint32_t>> slots_of_;  // the scratch of each thread that plans
  std::vector<Part> parts_of_rows_;  // two, or one where there are no dimensions for more
  std::vector<float> ones_;
  std::vector<double> losses_;  // of one example in loss_every, in a round
  int epoch_ = 0;
  std::int64_t round_ = 0;
  double loss_sum_ = 0.0;
  std::int64_t loss_examples_ = 0;

  void plan_ahead(std::int64_t count, int threads);
  void run(std::int64_t count, int threads);
  float alpha_at(std::int64_t round) const;
  // The phases of a round: on some slots, examples or rows, and a part of their dimensions.
  void compose_slots(const RoundPlan& plan, std::size_t first, std::size_t last, Part& part) const;
  void hide_examples(const RoundPlan& plan, std::size_t first, std::size_t last, Part& part, int turn) const;
  void answer_examples(const RoundPlan& plan, std::size_t first, std::size_t last, float alpha, Part& part, int turn);
  void gather_backs(const RoundPlan& plan, std::size_t first, std::size_t last, Part& part) const;
  void move_outputs(const RoundPlan& plan, std::size_t first, std::size_t last, Part& part);
  void move_inputs(const RoundPlan& plan, std::size_t first, std::size_t last, Part& part);
  double loss_of(const RoundPlan& plan, std::size_t example, const Part& part) const;
  void add_losses(const RoundPlan& plan);
};

}  // namespace polyvocab
