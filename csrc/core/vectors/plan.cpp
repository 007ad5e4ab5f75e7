#include "core/vectors/plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/vectors/random.h"
#include "core/vectors/step.h"

namespace polyvocab {
namespace {

// Streams of random numbers; each epoch has its own.
std::uint64_t keep_stream(int epoch) { return 2 * static_cast<std::uint64_t>(epoch) + 1; }
std::uint64_t noise_stream(int epoch) { return 2 * static_cast<std::uint64_t>(epoch) + 2; }

constexpr std::int64_t furthest_windows = 16;  // how far words beside a round are looked for

// Counts become the places where each group begins; returns them once more, to be moved on while groups are filled.
std::vector<std::uint32_t> begins(std::vector<std::uint32_t>& counts) {
  std::uint32_t sum = 0;
  for (std::uint32_t& count : counts) sum += std::exchange(count, sum);
  std::vector<std::uint32_t> next = counts;
  counts.push_back(sum);
  return next;
}

// The place of a row in `rows`, where it is put when it is met for the first time.
std::uint32_t counted(std::uint32_t row, std::vector<std::uint32_t>& rows, std::vector<std::uint32_t>& counts,
                      std::vector<std::uint32_t>& slot_of) {
  std::uint32_t& slot = slot_of[row];
  if (slot == RoundPlanner::no_slot) {
    slot = static_cast<std::uint32_t>(rows.size());
    rows.push_back(row);
    counts.push_back(0);
  }
  ++counts[slot];
  return slot;
}

}  // namespace

struct RoundPlanner::Kept {
  std::vector<std::uint32_t> slots;
  std::vector<std::int64_t> places;  // where in the text
  std::vector<std::uint32_t> windows;
  std::vector<std::size_t> begins;   // of the sentence that each word stands in, ...
  std::vector<std::size_t> ends;     // ... and where it ends
  std::size_t first = 0, last = 0;   // the round's own words; the others only stand beside them
};

RoundPlanner::RoundPlanner(const VectorSettings& settings, const IdStream& text, const WordList& words)
    : settings_(settings), text_(text), words_(words), noise_(words.counts) {
  double total = 0.0;
  for (const std::int64_t count : words.counts) total += static_cast<double>(count);
  const double limit = settings.sample * total;
  for (const std::int64_t count : words.counts) {
    const double ratio = limit / static_cast<double>(count);
    const double share = settings.sample > 0.0 ? std::min(1.0, std::sqrt(ratio) + ratio) : 1.0;
    keep_below_.push_back(static_cast<std::uint64_t>(share * 0x1p32));
  }
}

// Where to begin so that the first words of a round see their neighbours: `window` kept words earlier, or where the
// sentence begins. Not further than a few windows of ids, so that text of which little is kept costs no more.
std::int64_t RoundPlanner::begin_before(const CountedRandom& random, std::int64_t first) const {
  const std::uint64_t* const offsets_end = text_.offsets + text_.sentences + 1;
  const auto sentence = static_cast<std::int64_t>(
      *(std::upper_bound(text_.offsets, offsets_end, static_cast<std::uint64_t>(first)) - 1));
  const std::int64_t limit = std::max(sentence, first - furthest_windows * settings_.window);
  std::int64_t i = first;
  for (int kept = 0; i > limit && kept < settings_.window;) {
    --i;
    kept += keeps(random(static_cast<std::uint64_t>(i)), words_.word_of_id[text_[i]]) ? 1 : 0;
  }
  return i;
}

void RoundPlanner::keep(int epoch, std::int64_t round, RoundPlan& out, std::vector<std::uint32_t>& slot_of,
                        Kept& kept) const {
  const CountedRandom random(settings_.seed, keep_stream(epoch));
  const std::int64_t first = round * settings_.round;
  const std::int64_t last = std::min(text_.size, first + settings_.round);
  const std::int64_t begin_at = begin_before(random, first);
  const std::uint64_t* const offsets_end = text_.offsets + text_.sentences + 1;
  const std::uint64_t* next_end = std::upper_bound(text_.offsets, offsets_end, static_cast<std::uint64_t>(begin_at));
  std::size_t begin = 0;
  const auto close = [&] {
    kept.begins.resize(kept.slots.size(), begin);
    begin = kept.slots.size();
    kept.ends.resize(begin, begin);
  };
  const std::int64_t furthest = std::min(text_.size, last + furthest_windows * settings_.window);
  for (std::int64_t i = begin_at; i < furthest; ++i) {
    if (i == first) kept.first = kept.slots.size();
    if (i == last) kept.last = kept.slots.size();
    if (i >= last && kept.slots.size() >= kept.last + static_cast<std::size_t>(settings_.window)) break;
    bool ended = false;
    for (; next_end != offsets_end && *next_end <= static_cast<std::uint64_t>(i); ++next_end) close(), ended = true;
    if (i >= last && ended) break;
    const std::int32_t word = words_.word_of_id[text_[i]];
    const std::uint64_t bits = random(static_cast<std::uint64_t>(i));
    if (!keeps(bits, word)) continue;
    std::uint32_t& slot = slot_of[static_cast<std::size_t>(word)];
    if (slot == no_slot) {
      slot = static_cast<std::uint32_t>(out.words.size());
      out.words.push_back(static_cast<std::uint32_t>(word));
    }
    kept.slots.push_back(slot);
    kept.places.push_back(i);
    kept.windows.push_back(1 + below(static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(settings_.window)));
  }
  if (last == text_.size) kept.last = kept.slots.size();
  close();
  for (const std::uint32_t word : out.words) slot_of[word] = no_slot;
}

void RoundPlanner::add_targets(int epoch, std::int64_t place, const std::uint32_t* truths, std::size_t count,
                               RoundPlan& out) const {
  const CountedRandom random =
      CountedRandom(settings_.seed, noise_stream(epoch)).at(static_cast<std::uint64_t>(place));
  std::uint64_t draws = 0;
  for (std::size_t t = 0; t < count; ++t) {
    out.targets.push_back(truths[t] | positive_target);
    for (int n = 0; n < settings_.negative; ++n) {
      const std::uint32_t word = noise_.draw(random(draws++));
      if (word != truths[t]) out.targets.push_back(word);  // the truth is no noise
    }
  }
}

void RoundPlanner::add_example(int epoch, const Kept& kept, std::size_t at, RoundPlan& out) const {
  const std::size_t window = kept.windows[at];
  const std::size_t from = at - std::min(window, at - kept.begins[at]);
  const std::size_t to = std::min(kept.ends[at], at + window + 1);
  if (to - from < 2) return;  // nothing stands beside it
  const auto rows_of = [&](std::uint32_t slot) {
    const std::size_t word = out.words[slot];
    return 1 + words_.subword_indptr[word + 1] - words_.subword_indptr[word];
  };
  std::int64_t rows = 0;
  if (settings_.skipgram) {
    std::vector<std::uint32_t> truths;
    for (std::size_t i = from; i < to; ++i) {
      if (i != at) truths.push_back(out.words[kept.slots[i]]);
    }
    out.inputs.push_back(kept.slots[at]);
    rows = rows_of(kept.slots[at]);
    add_targets(epoch, kept.places[at], truths.data(), truths.size(), out);
  } else {
    for (std::size_t i = from; i < to; ++i) {
      if (i == at) continue;
      out.inputs.push_back(kept.slots[i]);
      rows += rows_of(kept.slots[i]);
    }
    add_targets(epoch, kept.places[at], &out.words[kept.slots[at]], 1, out);
  }
  out.scales.push_back(1.0F / static_cast<float>(rows));
  out.input_begin.push_back(static_cast<std::uint32_t>(out.inputs.size()));
  out.target_begin.push_back(static_cast<std::uint32_t>(out.targets.size()));
}

// The examples of each slot.
void RoundPlanner::turn_round(RoundPlan& out) const {
  out.back_begin.assign(out.words.size(), 0);
  for (const std::uint32_t slot : out.inputs) ++out.back_begin[slot];
  std::vector<std::uint32_t> next = begins(out.back_begin);
  out.backs.resize(out.inputs.size());
  for (std::uint32_t example = 0; example < out.examples(); ++example) {
    for (std::uint32_t i = out.input_begin[example]; i < out.input_begin[example + 1]; ++i) {
      out.backs[next[out.inputs[i]]++] = example;
    }
  }
}

void RoundPlanner::list_output_rows(RoundPlan& out, std::vector<std::uint32_t>& slot_of) const {
  out.output_rows.clear();
  out.output_begin.clear();
  for (const std::uint32_t target : out.targets) {
    counted(target & ~positive_target, out.output_rows, out.output_begin, slot_of);
  }
  std::vector<std::uint32_t> next = begins(out.output_begin);
  out.output_examples.resize(out.targets.size());
  out.output_targets.resize(out.targets.size());
  for (std::uint32_t example = 0; example < out.examples(); ++example) {
    for (std::uint32_t t = out.target_begin[example]; t < out.target_begin[example + 1]; ++t) {
      const std::uint32_t at = next[slot_of[out.targets[t] & ~positive_target]]++;
      out.output_examples[at] = example;
      out.output_targets[at] = t;
    }
  }
  for (const std::uint32_t row : out.output_rows) slot_of[row] = no_slot;
}

void RoundPlanner::list_input_rows(RoundPlan& out, std::vector<std::uint32_t>& slot_of) const {
  out.input_rows.clear();
  out.input_row_begin.clear();
  const auto each_row = [&](auto&& body) {
    for (std::uint32_t slot = 0; slot < out.words.size(); ++slot) {
      if (out.back_begin[slot] == out.back_begin[slot + 1]) continue;  // stood alone
      const std::size_t word = out.words[slot];
      body(slot, out.words[slot]);
      for (auto i = words_.subword_indptr[word]; i < words_.subword_indptr[word + 1]; ++i) {
        body(slot, static_cast<std::uint32_t>(words_.size()) + words_.subwords[static_cast<std::size_t>(i)]);
      }
    }
  };
  std::size_t entries = 0;
  each_row([&](std::uint32_t, std::uint32_t row) {
    counted(row, out.input_rows, out.input_row_begin, slot_of);
    ++entries;
  });
  std::vector<std::uint32_t> next = begins(out.input_row_begin);
  out.input_row_slots.resize(entries);
  each_row([&](std::uint32_t slot, std::uint32_t row) { out.input_row_slots[next[slot_of[row]]++] = slot; });
  for (const std::uint32_t row : out.input_rows) slot_of[row] = no_slot;
}

void RoundPlanner::plan(int epoch, std::int64_t round, RoundPlan& out, std::vector<std::uint32_t>& slot_of) const {
  out.words.clear();
  out.inputs.clear();
  out.targets.clear();
  out.scales.clear();
  out.input_begin.assign(1, 0);
  out.target_begin.assign(1, 0);
  Kept kept;
  keep(epoch, round, out, slot_of, kept);
  for (std::size_t at = kept.first; at < kept.last; ++at) add_example(epoch, kept, at, out);
  turn_round(out);
  list_output_rows(out, slot_of);
  list_input_rows(out, slot_of);
}

}  // namespace polyvocab
