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
constexpr std::size_t rows_ahead = 4;
constexpr std::size_t phases = 6;
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

// Asks for the share of `rows` that the block [first, last) of `size` has: what another phase will need comes while this one
// computes. Into the second-level cache, where the rows of a round have room.
void prefetch_share(const float* table, const std::vector<std::uint32_t>& rows, std::size_t first, std::size_t last,
                    std::size_t size, std::size_t stride, std::size_t width) {
  for (std::size_t i = rows.size() * first / size; i < rows.size() * last / size; ++i) {
    for (std::size_t d = 0; d < width; d += 16) __builtin_prefetch(table + rows[i] * stride + d, 0, 2);
  }
}

struct alignas(64) CacheLine {
  float values[step_lanes];
};

template <class T>
void grow(std::vector<T>& values, std::size_t size) {
  if (values.size() < size) values.resize(size);
}

}  // namespace

// Some of the dimensions, and what the phases of a round hand to each other about them. What is known of an example as a
// whole (slopes, bends) every part works out for itself, so that no thread waits for another one to write it.
struct VectorTrainer::Part {
  std::size_t first = 0, width = 0;            // dimensions
  std::vector<CacheLine> slots;                // the sum of what a word consists of; later what its rows are to move by
  std::vector<CacheLine> hidden, backs;        // of each example; what each of the example's inputs is to move by
  std::vector<float> logits, slopes, bends;    // of each target
  std::vector<float> weights;                  // slopes, by the rows that they move
  std::vector<float> back_bends, slot_bends;   // of each example, of each slot
  // What this part adds to dot products and squares of targets, and to squares of hidden vectors. Of two rounds in turn: a
  // part may be one round ahead of another one that still reads.
  struct Shares {
    std::vector<float> products, squares, hidden_squares;
  };
  std::array<Shares, 2> shares;

  static float* floats(std::vector<CacheLine>& lines) { return lines.data()->values; }
  float* slot(std::size_t i) { return floats(slots) + i * width; }
  float* hidden_of(std::size_t example) { return floats(hidden) + example * width; }
  float* back_of(std::size_t example) { return floats(backs) + example * width; }

  void fit(const RoundPlan& plan) {
    grow(slots, plan.words.size() * width / step_lanes + 1);
    for (auto* lines : {&hidden, &backs}) grow(*lines, plan.examples() * width / step_lanes + 1);
    for (auto* values : {&logits, &slopes, &bends, &weights}) grow(*values, plan.targets.size());
    grow(back_bends, plan.examples());
    grow(slot_bends, plan.words.size());
    for (Shares& share : shares) {
      grow(share.products, plan.targets.size());
      grow(share.squares, plan.targets.size());
      grow(share.hidden_squares, plan.examples());
    }
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
      outputs_(words_.size() * width_) {
  const std::size_t lanes = width_ / step_lanes;
  for (std::size_t first = 0; first < lanes; first += (lanes + 1) / 2) {
    Part& part = parts_of_rows_.emplace_back();
    part.first = first * step_lanes;
    part.width = std::min((lanes + 1) / 2, lanes - first) * step_lanes;
  }
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

void VectorTrainer::compose_slots(const RoundPlan& plan, std::size_t first, std::size_t last, Part& part) const {
  const float* const rows = inputs_.data() + part.first;
  const auto ahead = [&](std::size_t slot) {
    const std::size_t word = plan.words[slot];
    for (std::size_t i = parts_begin_[word]; i < parts_begin_[word + 1]; ++i) {
      prefetch_row(rows + parts_[i] * width_, part.width);
    }
  };
  ahead(first);
  for (std::size_t slot = first; slot < last; ++slot) {
    if (slot + 1 < last) ahead(slot + 1);
    const std::size_t begin = parts_begin_[plan.words[slot]];
    const std::size_t count = parts_begin_[plan.words[slot] + 1] - begin;
    kernel_.sum_rows(rows, parts_.data() + begin, count, 1.0F, {width_, part.width}, part.slot(slot));
  }
}

void VectorTrainer::hide_examples(const RoundPlan& plan, std::size_t first, std::size_t last, Part& part, int turn) const {
  const float* const rows = outputs_.data() + part.first;
  Part::Shares& shares = part.shares[static_cast<std::size_t>(turn)];
  const auto ahead = [&](std::size_t example) {
    for (std::uint32_t t = plan.target_begin[example]; t < plan.target_begin[example + 1]; ++t) {
      prefetch_row(rows + (plan.targets[t] & ~positive_target) * width_, part.width);
    }
  };
  ahead(first);
  for (std::size_t example = first; example < last; ++example) {
    if (example + 1 < last) ahead(example + 1);
    const std::uint32_t begin = plan.input_begin[example];
    float* const hidden = part.hidden_of(example);
    kernel_.sum_rows(part.slot(0), plan.inputs.data() + begin, plan.input_begin[example + 1] - begin, plan.scales[example],
                     {part.width, part.width}, hidden);
    const std::uint32_t target = plan.target_begin[example];
    kernel_.dots(hidden, rows, plan.targets.data() + target, plan.target_begin[example + 1] - target, {width_, part.width},
                 shares.products.data() + target, shares.squares.data() + target);
    constexpr std::uint32_t itself = 0;
    float product;
    kernel_.dots(hidden, hidden, &itself, 1, {0, part.width}, &product, &shares.hidden_squares[example]);
  }
}

void VectorTrainer::answer_examples(const RoundPlan& plan, std::size_t first, std::size_t last, float alpha, Part& part,
                                    int turn) {
  const float* const rows = outputs_.data() + part.first;
  const Part::Shares& one = parts_of_rows_.front().shares[static_cast<std::size_t>(turn)];
  const Part::Shares& other = parts_of_rows_.back().shares[static_cast<std::size_t>(turn)];
  const bool two = parts_of_rows_.size() > 1;
  for (std::size_t example = first; example < last; ++example) {
    const std::uint32_t begin = plan.target_begin[example];
    const std::uint32_t end = plan.target_begin[example + 1];
    for (std::uint32_t t = begin; t < end; ++t) part.logits[t] = one.products[t] + (two ? other.products[t] : 0.0F);
    kernel_.answer(part.logits.data() + begin, plan.targets.data() + begin, end - begin, alpha, part.slopes.data() + begin,
                   part.bends.data() + begin);
    float bend = 0.0F;
    const float hidden_square = one.hidden_squares[example] + (two ? other.hidden_squares[example] : 0.0F);
    for (std::uint32_t t = begin; t < end; ++t) {
      bend += part.bends[t] * (one.squares[t] + (two ? other.squares[t] : 0.0F));
      part.bends[t] *= hidden_square;
    }
    part.back_bends[example] = bend;
    kernel_.pull(rows, plan.targets.data() + begin, part.slopes.data() + begin, end - begin, {width_, part.width},
                 part.back_of(example));
    if (example % loss_every == 0 && part.first == 0) losses_[example / loss_every] = loss_of(plan, example, part);
  }
}

double VectorTrainer::loss_of(const RoundPlan& plan, std::size_t example, const Part& part) const {
  double loss = 0.0;
  for (std::uint32_t t = plan.target_begin[example]; t < plan.target_begin[example + 1]; ++t) {
    const auto logit = static_cast<double>(part.logits[t]);
    loss += softplus((plan.targets[t] & positive_target) != 0 ? -logit : logit);
  }
  return loss;
}

void VectorTrainer::gather_backs(const RoundPlan& plan, std::size_t first, std::size_t last, Part& part) const {
  for (std::size_t slot = first; slot < last; ++slot) {
    const std::uint32_t begin = plan.back_begin[slot];
    const std::uint32_t end = plan.back_begin[slot + 1];
    kernel_.sum_rows(part.back_of(0), plan.backs.data() + begin, end - begin, 1.0F, {part.width, part.width}, part.slot(slot));
    float bend = 0.0F;
    for (std::uint32_t i = begin; i < end; ++i) bend += part.back_bends[plan.backs[i]];
    part.slot_bends[slot] = bend;
  }
}

void VectorTrainer::move_outputs(const RoundPlan& plan, std::size_t first, std::size_t last, Part& part) {
  float* const rows = outputs_.data() + part.first;
  for (std::size_t i = first; i < last; ++i) {
    if (i + rows_ahead < last) prefetch_row(rows + plan.output_rows[i + rows_ahead] * width_, part.width);
    const std::uint32_t begin = plan.output_begin[i];
    const std::size_t count = plan.output_begin[i + 1] - begin;
    float* const weights = part.weights.data() + begin;
    float bend = 0.0F;
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint32_t target = plan.output_targets[begin + k];
      weights[k] = part.slopes[target];
      bend += part.bends[target];
    }
    kernel_.move_row(part.hidden_of(0), plan.output_examples.data() + begin, weights, count, damped(bend),
                     {part.width, part.width}, rows + plan.output_rows[i] * width_);
  }
}

void VectorTrainer::move_inputs(const RoundPlan& plan, std::size_t first, std::size_t last, Part& part) {
  float* const rows = inputs_.data() + part.first;
  for (std::size_t i = first; i < last; ++i) {
    if (i + rows_ahead < last) prefetch_row(rows + plan.input_rows[i + rows_ahead] * width_, part.width);
    const std::uint32_t begin = plan.input_row_begin[i];
    const std::size_t count = plan.input_row_begin[i + 1] - begin;
    float bend = 0.0F;
    for (std::size_t k = 0; k < count; ++k) bend += part.slot_bends[plan.input_row_slots[begin + k]];
    kernel_.move_row(part.slot(0), plan.input_row_slots.data() + begin, ones_.data(), count, damped(bend),
                     {part.width, part.width}, rows + plan.input_rows[i] * width_);
  }
}

// Where workers meet: all of them, and those of each part.
struct VectorTrainer::Meetings {
  explicit Meetings(std::uint32_t workers, std::uint32_t parts)
      : all(workers), of_part{MeetingPoint((workers + parts - 1) / parts), MeetingPoint(workers / 2)} {}
  MeetingPoint all;
  std::array<MeetingPoint, 2> of_part;
};

// Each worker belongs to one part of the dimensions, or to both when it is alone. Inside a part the workers share the blocks
// of each phase. The parts need each other only once in a round, for the dot products: what a thread writes of the
// parameters, mostly no other one reads.
void VectorTrainer::run(std::int64_t count, int threads) {
  const auto rounds = static_cast<std::size_t>(count);
  for (std::size_t r = 0; r < rounds; ++r) {
    for (Part& part : parts_of_rows_) part.fit(plans_[r]);
    grow(losses_, blocks_of(plans_[r].examples(), loss_every));
    ones_.resize(std::max(ones_.size(), plans_[r].input_row_slots.size()), 1.0F);
  }
  const std::size_t parts = parts_of_rows_.size();
  std::vector<std::array<std::array<std::atomic<std::size_t>, phases>, 2>> next(rounds);
  const auto make = [&](std::uint32_t workers) { return Meetings(workers, static_cast<std::uint32_t>(parts)); };
  work_together(thread_count(threads), make, [&](std::size_t worker, std::size_t workers, Meetings& meet) {
    const std::size_t own = workers > 1 ? worker % parts : 0;
    const std::size_t end = workers > 1 ? own + 1 : parts;
    for (std::size_t r = 0; r < rounds; ++r) {
      const RoundPlan& plan = plans_[r];
      const float alpha = alpha_at(round_ + static_cast<std::int64_t>(r));
      const int turn = static_cast<int>(r % 2);
      // body(first, last, part), for blocks of `size` things.
      const auto share = [&](std::size_t phase, std::size_t size, std::size_t at_once, auto&& body) {
        for (std::size_t p = own; p < end; ++p) {
          auto& taken = next[r][p][phase];
          for (std::size_t first; (first = taken.fetch_add(at_once, std::memory_order_relaxed)) < size;) {
            body(first, std::min(size, first + at_once), parts_of_rows_[p]);
          }
        }
      };
      share(0, plan.words.size(), slots_at_once, [&](auto first, auto last, Part& part) {
        prefetch_share(outputs_.data() + part.first, plan.output_rows, first, last, plan.words.size(), width_, part.width);
        compose_slots(plan, first, last, part);
      });
      meet.of_part[own].wait();
      share(1, plan.examples(), examples_at_once,
            [&](auto first, auto last, Part& part) { hide_examples(plan, first, last, part, turn); });
      meet.all.wait();
      share(2, plan.examples(), examples_at_once, [&](auto first, auto last, Part& part) {
        if (r + 1 < rounds) {
          const RoundPlan& coming = plans_[r + 1];
          prefetch_share(inputs_.data() + part.first, coming.input_rows, first, last, plan.examples(), width_, part.width);
        }
        answer_examples(plan, first, last, alpha, part, turn);
      });
      meet.of_part[own].wait();
      if (worker == 0) add_losses(plan);
      share(3, plan.words.size(), slots_at_once,
            [&](auto first, auto last, Part& part) { gather_backs(plan, first, last, part); });
      share(4, plan.output_rows.size(), rows_at_once,
            [&](auto first, auto last, Part& part) { move_outputs(plan, first, last, part); });
      meet.of_part[own].wait();
      share(5, plan.input_rows.size(), rows_at_once,
            [&](auto first, auto last, Part& part) { move_inputs(plan, first, last, part); });
      meet.of_part[own].wait();
    }
  });
}

void VectorTrainer::add_losses(const RoundPlan& plan) {
  const std::size_t count = blocks_of(plan.examples(), loss_every);
  for (std::size_t i = 0; i < count; ++i) loss_sum_ += losses_[i];
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
      kernel_.sum_rows(inputs_.data(), parts_.data() + parts_begin_[word], count, 1.0F / static_cast<float>(count),
                       {width_, width_}, row.data());
      std::memcpy(out + word * dim, row.data(), dim * sizeof(float));
    }
  });
}

}  // namespace polyvocab
