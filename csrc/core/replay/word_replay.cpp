#include "core/replay/word_replay.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

#include "core/parallel.h"
#include "core/replay/event_table.h"
#include "core/replay/last_pairs.h"
#include "core/replay/sort_by_left.h"
#include "core/replay/stepwise.h"

namespace polyvocab {
namespace {

constexpr std::size_t words_at_once = 2048;
constexpr std::uint64_t most_symbols = std::uint64_t{1} << 61;  // in all words: no sum of changes is larger than a few of it
constexpr std::size_t longest_searched = 64;  // the cubes of a longer run would take long to find

// Whether something stands three times in a row. Only then two pairs of equal tokens overlap at any time.
bool has_cube(std::string_view run) {
  for (std::size_t period = 1; 3 * period <= run.size(); ++period) {
    std::size_t equal = 0;
    for (std::size_t i = 0; i + period < run.size(); ++i) {
      equal = run[i] == run[i + period] ? equal + 1 : 0;
      if (equal == 2 * period) return true;
    }
  }
  return false;
}

}  // namespace

struct WordReplay::Part {
  ColumnArena arena;
  LargeVector<PairChange> changes;
  LargeVector<PairEvent> events;
};

// What one thread has met.
class WordReplay::Worker {
 public:
  explicit Worker(WordReplay& replay) : replay_(replay), stepwise_(replay.merges_.steps(), replay.merges_.overlapping()) {}

  void add(std::uint32_t word) {
    const CountedWords& words = replay_.words_;
    const std::string_view text = words.words[word];
    const auto begin = words.indptr[word], entries = words.indptr[word + std::size_t{1}] - begin;
    count_symbols(text.size(), words.count.subspan(begin, entries));
    if (!add_history(text, word)) {
      replay_.merges_.symbols().for_each_run(text, run_, [&](std::string_view part, std::span<const TokenId> symbols) {
        if (part.size() == text.size() || !add_history(part, word)) add_steps(symbols, word);
      });
    }
    if (last_.memory() > replay_.share_ / 8 || events_.is_full(replay_.share_ / 4)) spill();
  }

  // All changes that were met.
  void take(Part& part) {
    if (!last_.empty()) replay_.merges_.histories()->unwind(last_, replay_.words_, part.arena, part.changes);
    part.events = events_.take();
  }

 private:
  WordReplay& replay_;
  Stepwise stepwise_;
  LastPairs last_;
  EventTable events_;
  TokenSearch::Dead dead_;
  Symbols found_;
  std::vector<TokenId> run_;
  std::uint64_t symbols_ = 0;

  void count_symbols(std::uint64_t size, std::span<const std::uint64_t> counts) {
    for (const std::uint64_t count : counts) {
      std::uint64_t symbols;
      if (__builtin_mul_overflow(count, size, &symbols) || symbols > most_symbols || (symbols_ += symbols) > most_symbols) {
        throw std::overflow_error("the words have more symbols than their changes can be counted in 64 bits");
      }
    }
  }

  // False, with nothing added, where the run cannot go the short way.
  bool add_history(std::string_view run, std::uint32_t word) {
    const TokenHistories* const histories = replay_.merges_.histories();
    if (histories == nullptr || run.empty()) return false;
    if (!replay_.merges_.overlapping() && (run.size() > longest_searched || has_cube(run))) return false;
    found_.clear();
    if (!histories->search().find(run, dead_, found_)) return false;
    found_.ids.push_back(histories->end());
    for (std::size_t i = 0; i + 1 < found_.ids.size(); ++i) last_.add(found_.ids[i], found_.ids[i + 1], word);
    return true;
  }

  void add_steps(std::span<const TokenId> symbols, std::uint32_t word) {
    const CountedWords& words = replay_.words_;
    for (const auto& [pair, state, change] : stepwise_.run(symbols)) {
      for (std::uint64_t i = words.indptr[word]; i < words.indptr[word + std::size_t{1}]; ++i) {
        events_.add({pair, PairEvent::at_of(state, words.index[i]), change * static_cast<std::int64_t>(words.count[i])});
      }
    }
  }

  void spill() {
    std::vector<Part> parts(1);
    take(parts[0]);
    EventMerge merge(replay_.sorted(std::move(parts), 1));
    replay_.runs_.add(merge);
  }
};

WordReplay::WordReplay(const TrainedMerges& merges, CountedWords words, std::size_t memory_limit, int threads,
                       std::string directory)
    : merges_(merges), words_(words), share_(memory_limit / static_cast<std::size_t>(threads)), threads_(threads),
      runs_(std::move(directory)) {
  if (words.words.count > 0xFFFFFFFF) throw std::invalid_argument("there are more words than 32 bits can number");
  for (int i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>(*this));
}

WordReplay::~WordReplay() = default;

void WordReplay::add(std::size_t begin, std::size_t end) {
  std::atomic<std::size_t> next{begin};
  parallel_blocks(threads_, threads_, [&](std::int64_t worker) {
    for (std::size_t first; (first = next.fetch_add(words_at_once)) < end;) {
      const std::size_t last = std::min(end, first + words_at_once);
      for (std::size_t word = first; word < last; ++word) {
        workers_[static_cast<std::size_t>(worker)]->add(static_cast<std::uint32_t>(word));
      }
    }
  });
}

// What the parts have in their order: changes of regular words, and events of all others.
std::vector<std::unique_ptr<EventSource>> WordReplay::sorted(std::vector<Part> parts, int threads) const {
  std::vector<LargeVector<PairChange>> changes;
  std::vector<LargeVector<PairEvent>> events;
  std::vector<ColumnArena> arenas;
  for (Part& part : parts) {
    changes.push_back(std::move(part.changes));
    events.push_back(std::move(part.events));
    arenas.push_back(std::move(part.arena));
  }
  auto all_changes = sort_by_left(std::move(changes), threads);
  auto all_events = sort_by_left(std::move(events), threads);
  if (merges_.has_limits()) {
    const auto is_left_out = [&](const auto& one) { return !merges_.is_counted(one.left(), one.right()); };
    std::erase_if(all_changes, is_left_out);
    std::erase_if(all_events, is_left_out);
  }
  std::vector<std::unique_ptr<EventSource>> sources;
  if (!all_changes.empty()) sources.push_back(std::make_unique<SortedChanges>(std::move(all_changes), std::move(arenas)));
  if (!all_events.empty()) sources.push_back(std::make_unique<SortedEvents>(std::move(all_events)));
  return sources;
}

std::unique_ptr<EventSource> WordReplay::finish() {
  std::vector<Part> parts(workers_.size());
  parallel_blocks(threads_, threads_, [&](std::int64_t worker) {
    const auto i = static_cast<std::size_t>(worker);
    workers_[i]->take(parts[i]);
  });
  auto sources = sorted(std::move(parts), threads_);
  for (auto& run : runs_.take()) sources.push_back(std::move(run));
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<EventMerge>(std::move(sources));
}

}  // namespace polyvocab
