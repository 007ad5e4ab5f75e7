#include "core/vectors/trainer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "core/parallel.h"
#include "core/vectors/random.h"
#include "core/vectors/team.h"

namespace polyvocab {
namespace {

constexpr std::size_t slots_at_once = 8;
constexpr std::size_t examples_at_once = 8;
constexpr std::size_t rows_at_once = 32;
constexpr std::size_t phases = 5;
constexpr std::int64_t planned_ids = 16384;  // whose rounds are planned together

std::size_t blocks_of(std::size_t count, std::size_t at_once) { return (count + at_once - 1) / at_once; }

// The share of a step that a row takes. `bend` bounds the curvature along it, in units in which 1 is the way to the optimum
// of this row, and 2 as far beyond it: where the step would be longer than that, as rows that stand in very many examples of
// a round could go, it is shortened. Otherwise it is plain gradient descent.
float damped(float bend) {
  constexpr float longest = 1.9F;
  return bend > longest ? longest / bend : 1.0F;
}


void prefetch_row(const float* row, std::size_t width) {
  for (std::size_t d = 0; d < width; d += 16) __builtin_prefetch(row + d, 0, 3);
}

}  // namespace

// What the phases of a round hand to each other.
struct VectorTrainer::Scratch {
  LargeVector<float> slots;   // the sum of what a word consists of; later what its rows are to move by
  LargeVector<float> hidden;  // of each example
  LargeVector<float> backs;   // what each of the example's inputs is to move by
  std::vector<float> slopes, bends, logits;  // of each target
  std::vector<float> weights;                // slopes, by the rows that they move
  std::vector<float> ones;
  std::vector<float> hidden_squares, back_bends;  // of each example
  std::vector<float> slot_bends;
  std::vector<double> losses;  // of one example in loss_every

  void fit(const RoundPlan& plan, std::size_t width) {
    grow(slots, plan.words.size() * width);
    grow(hidden, plan.examples() * width);
    grow(backs, plan.examples() * width);
    grow(hidden_squares, plan.examples());
    grow(back_bends, plan.examples());
    grow(slot_bends, plan.words.size());
    grow(bends, plan.targets.size());
    grow(slopes, plan.targets.size());
    grow(logits, plan.targets.size());
    grow(weights, plan.targets.size());
    grow(losses, blocks_of(plan.examples(), loss_every));
    ones.resize(std::max(ones.size(), plan.input_row_slots.size()), 1.0F);
  }

 private:
  template <class Vector>
  static void grow(Vector& values, std::size_t size) {
    if (values.size() < size) values.resize(size);
  }
};

VectorTrainer::VectorTrainer(const VectorSettings& settings, const IdStream& text, WordList words,
                             const StepKernel& kernel)
    : settings_(settings),
      text_(text),
      words_(std::move(words)),
      planner_(settings_, text_, words_),
      kernel_(kernel),
      width_(blocks_of(static_cast<std::size_t>(settings.dim), step_lanes) * step_lanes),
      inputs_(input_rows() * width_),
      outputs_(words_.size() * width_),
      scratch_(std::make_unique<Scratch>()) {
  parts_begin_.push_back(0);
  for (std::size_t word = 0; word < words_.size(); ++word) {
    parts_.push_back(static_cast<std::uint32_t>(word));
    for (auto i = words_.subword_indptr[word]; i < words_.subword_indptr[word + 1]; ++i) {
      parts_.push_back(static_cast<std::uint32_t>(words_.size()) + words_.subwords[static_cast<std::size_t>(i)]);
    }
    parts_begin_.push_back(parts_.size());
  }
  const CountedRandom random(settings_.seed, 0);
  const auto dim = static_cast<std::size_t>(settings_.dim);
  for (std::size_t row = 0; row < input_rows(); ++row) {
    for (std::size_t d = 0; d < dim; ++d) {
      const auto bits = static_cast<std::int64_t>(random(row * dim + d) >> 11);
      const double uniform = static_cast<double>(2 * bits + 1) * 0x1p-53 - 1.0;  // in (-1, 1)
      inputs_[row * width_ + d] = static_cast<float>(uniform / settings_.dim);
    }
  }
}

VectorTrainer::~VectorTrainer() = default;

RoundPlan VectorTrainer::plan(int epoch, std::int64_t round) const {
  RoundPlan made;
  std::vector<std::uint32_t> slot_of(input_rows(), RoundPlanner::no_slot);
  planner_.plan(epoch, round, made, slot_of);
  return made;
}

float VectorTrainer::alpha_at(std::int64_t round) const {
  const double size = static_cast<double>(text_.size);
  const double done = static_cast<double>(round * settings_.round) / size + epoch_;
  return static_cast<float>(settings_.alpha - (settings_.alpha - settings_.min_alpha) * done / settings_.epochs);
}

std::int64_t VectorTrainer::advance(std::int64_t rounds, int threads) {
  if (finished()) return 0;
  if (round_ == 0) {
    loss_sum_ = 0.0;
    loss_examples_ = 0;
  }
  const std::int64_t first = round_;
  const std::int64_t last = std::min(planner_.rounds(), first + std::max<std::int64_t>(rounds, 1));
  while (round_ < last) {
    const std::int64_t count = std::min(last - round_, std::max<std::int64_t>(1, planned_ids / settings_.round));
    plan_ahead(count, threads);
    run(count, threads);
    round_ += count;
  }
  const std::int64_t done = std::min(text_.size, last * settings_.round) - first * settings_.round;
  if (round_ >= planner_.rounds()) {
    round_ = 0;
    ++epoch_;
  }
  return done;
}

void VectorTrainer::plan_ahead(std::int64_t count, int threads) {
  if (plans_.size() < static_cast<std::size_t>(count)) plans_.resize(static_cast<std::size_t>(count));
  const auto workers = std::min<std::int64_t>(thread_count(threads), count);
  while (slots_of_.size() < static_cast<std::size_t>(workers)) slots_of_.emplace_back(input_rows(), RoundPlanner::no_slot);
  std::atomic<std::int64_t> next{0};
  parallel_blocks(workers, static_cast<int>(workers), [&](std::int64_t worker) {
    for (std::int64_t i; (i = next.fetch_add(1)) < count;) {
      planner_.plan(epoch_, round_ + i, plans_[static_cast<std::size_t>(i)], slots_of_[static_cast<std::size_t>(worker)]);
    }
  });
}

void VectorTrainer::compose_slots(const RoundPlan& plan, std::size_t first, std::size_t last, float* composed) const {
  const auto ahead = [&](std::size_t slot) {
    const std::size_t word = plan.words[slot];
    for (std::size_t i = parts_begin_[word]; i < parts_begin_[word + 1]; ++i) {
      prefetch_row(inputs_.data() + parts_[i] * width_, width_);
    }
  };
  ahead(first);
  for (std::size_t slot = first; slot < last; ++slot) {
    if (slot + 1 < last) ahead(slot + 1);
    const std::size_t word = plan.words[slot];
    kernel_.sum_rows(inputs_.data(), parts_.data() + parts_begin_[word], parts_begin_[word + 1] - parts_begin_[word], 1.0F,
                     width_, composed + slot * width_);
  }
}

void VectorTrainer::score_examples(const RoundPlan& plan, std::size_t first, std::size_t last, float alpha,
                                   Scratch& scratch) const {
  const auto ahead = [&](std::size_t example) {
    for (std::uint32_t t = plan.target_begin[example]; t < plan.target_begin[example + 1]; ++t) {
      prefetch_row(outputs_.data() + (plan.targets[t] & ~positive_target) * width_, width_);
    }
  };
  ahead(first);
  for (std::size_t example = first; example < last; ++example) {
    if (example + 1 < last) ahead(example + 1);
    float* const hidden = scratch.hidden.data() + example * width_;
    const std::uint32_t begin = plan.input_begin[example];
    kernel_.sum_rows(scratch.slots.data(), plan.inputs.data() + begin, plan.input_begin[example + 1] - begin,
                     plan.scales[example], width_, hidden);
    const std::uint32_t target = plan.target_begin[example];
    scratch.hidden_squares[example] = kernel_.square(hidden, width_);
    scratch.back_bends[example] = kernel_.score(hidden, outputs_.data(), plan.targets.data() + target, plan.target_begin[example + 1] - target, alpha,
                  width_, scratch.logits.data() + target, scratch.slopes.data() + target, scratch.bends.data() + target,
                  scratch.backs.data() + example * width_);
  }
  for (std::size_t example = blocks_of(first, loss_every) * loss_every; example < last; example += loss_every) {
    double loss = 0.0;
    for (std::uint32_t t = plan.target_begin[example]; t < plan.target_begin[example + 1]; ++t) {
      const auto logit = static_cast<double>(scratch.logits[t]);
      loss += softplus((plan.targets[t] & positive_target) != 0 ? -logit : logit);
    }
    scratch.losses[example / loss_every] = loss;
  }
}

void VectorTrainer::gather_backs(const RoundPlan& plan, std::size_t first, std::size_t last, Scratch& scratch) const {
  for (std::size_t slot = first; slot < last; ++slot) {
    const std::uint32_t begin = plan.back_begin[slot];
    kernel_.sum_rows(scratch.backs.data(), plan.backs.data() + begin, plan.back_begin[slot + 1] - begin, 1.0F, width_,
                     scratch.slots.data() + slot * width_);
    float bend = 0.0F;
    for (std::uint32_t i = begin; i < plan.back_begin[slot + 1]; ++i) bend += scratch.back_bends[plan.backs[i]];
    scratch.slot_bends[slot] = bend;
  }
}

void VectorTrainer::move_outputs(const RoundPlan& plan, std::size_t first, std::size_t last, Scratch& scratch) {
  const auto ahead = [&](std::size_t i) { prefetch_row(outputs_.data() + plan.output_rows[i] * width_, width_); };
  for (std::size_t i = first; i < std::min(last, first + 4); ++i) ahead(i);
  for (std::size_t i = first; i < last; ++i) {
    if (i + 4 < last) ahead(i + 4);
    const std::uint32_t begin = plan.output_begin[i];
    const std::size_t count = plan.output_begin[i + 1] - begin;
    float* const weights = scratch.weights.data() + begin;
    float bend = 0.0F;
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint32_t target = plan.output_targets[begin + k];
      weights[k] = scratch.slopes[target];
      bend += scratch.bends[target] * scratch.hidden_squares[plan.output_examples[begin + k]];
    }
    kernel_.move_row(scratch.hidden.data(), plan.output_examples.data() + begin, weights, count, damped(bend), width_,
                     outputs_.data() + plan.output_rows[i] * width_);
  }
}

void VectorTrainer::move_inputs(const RoundPlan& plan, std::size_t first, std::size_t last, const Scratch& scratch) {
  const auto ahead = [&](std::size_t i) { prefetch_row(inputs_.data() + plan.input_rows[i] * width_, width_); };
  for (std::size_t i = first; i < std::min(last, first + 4); ++i) ahead(i);
  for (std::size_t i = first; i < last; ++i) {
    if (i + 4 < last) ahead(i + 4);
    const std::uint32_t begin = plan.input_row_begin[i];
    const std::size_t count = plan.input_row_begin[i + 1] - begin;
    float bend = 0.0F;
    for (std::size_t k = 0; k < count; ++k) bend += scratch.slot_bends[plan.input_row_slots[begin + k]];
    kernel_.move_row(scratch.slots.data(), plan.input_row_slots.data() + begin, scratch.ones.data(), count, damped(bend), width_,
                     inputs_.data() + plan.input_rows[i] * width_);
  }
}

void VectorTrainer::run(std::int64_t count, int threads) {
  const auto rounds = static_cast<std::size_t>(count);
  Scratch& scratch = *scratch_;
  for (std::size_t r = 0; r < rounds; ++r) scratch.fit(plans_[r], width_);
  std::vector<std::array<std::atomic<std::size_t>, phases>> next(rounds);
  // Every thread goes through all rounds; in each phase they share the blocks among them, and then wait for each other.
  work_together(thread_count(threads), [&](int worker, MeetingPoint& meet) {
    for (std::size_t r = 0; r < rounds; ++r) {
      const RoundPlan& plan = plans_[r];
      const float alpha = alpha_at(round_ + static_cast<std::int64_t>(r));
      // body(first, last), for parts of `size` things.
      const auto share = [&](std::size_t phase, std::size_t size, std::size_t at_once, auto&& body) {
        for (std::size_t first; (first = next[r][phase].fetch_add(at_once)) < size;) body(first, std::min(size, first + at_once));
      };
      share(0, plan.words.size(), slots_at_once,
            [&](std::size_t first, std::size_t last) { compose_slots(plan, first, last, scratch.slots.data()); });
      meet.wait();
      share(1, plan.examples(), examples_at_once,
            [&](std::size_t first, std::size_t last) { score_examples(plan, first, last, alpha, scratch); });
      meet.wait();
      if (worker == 0) add_losses(plan);
      share(2, plan.words.size(), slots_at_once,
            [&](std::size_t first, std::size_t last) { gather_backs(plan, first, last, scratch); });
      share(3, plan.output_rows.size(), rows_at_once,
            [&](std::size_t first, std::size_t last) { move_outputs(plan, first, last, scratch); });
      meet.wait();
      share(4, plan.input_rows.size(), rows_at_once,
            [&](std::size_t first, std::size_t last) { move_inputs(plan, first, last, scratch); });
      meet.wait();
    }
  });
}

void VectorTrainer::add_losses(const RoundPlan& plan) {
  const std::size_t count = blocks_of(plan.examples(), loss_every);
  for (std::size_t i = 0; i < count; ++i) loss_sum_ += scratch_->losses[i];
  loss_examples_ += static_cast<std::int64_t>(count);
}

void VectorTrainer::compose(float* out, int threads) const {
  constexpr std::size_t at_once = 1024;
  const auto dim = static_cast<std::size_t>(settings_.dim);
  parallel_blocks(static_cast<std::int64_t>(blocks_of(words_.size(), at_once)), threads, [&](std::int64_t block) {
    std::vector<float> row(width_);
    const auto first = static_cast<std::size_t>(block) * at_once;
    for (std::size_t word = first; word < std::min(words_.size(), first + at_once); ++word) {
      const std::size_t count = parts_begin_[word + 1] - parts_begin_[word];
      kernel_.sum_rows(inputs_.data(), parts_.data() + parts_begin_[word], count, 1.0F / static_cast<float>(count), width_,
                       row.data());
      std::memcpy(out + word * dim, row.data(), dim * sizeof(float));
    }
  });
}

}  // namespace polyvocab
