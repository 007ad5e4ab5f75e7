#include "core/replay/word_replay.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

#include "core/models/byte_alphabet.h"
#include "core/parallel.h"
#include "core/replay/event_table.h"
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

// What one thread has met.
class WordReplay::Worker {
 public:
  explicit Worker(WordReplay& replay) : replay_(replay), stepwise_(replay.steps_, replay.options_.overlapping) {}

  void add(const CountedWords& words, std::size_t word) {
    const std::string_view text = words.words[word];
    const auto begin = words.indptr[word], entries = words.indptr[word + 1] - begin;
    const Counts counts{words.block.subspan(begin, entries), words.count.subspan(begin, entries)};
    for (const std::uint64_t count : counts.count) {
      std::uint64_t symbols;
      if (__builtin_mul_overflow(count, text.size(), &symbols) || symbols > most_symbols ||
          (symbols_ += symbols) > most_symbols) {
        throw std::overflow_error("words have more symbols than 64 bits can count changes of");
      }
    }
    if (!add_history(text, counts)) {
      replay_.symbols_->for_each_run(text, run_, [&](std::string_view part, std::span<const TokenId> symbols) {
        if (part.size() == text.size() || !add_history(part, counts)) add_steps(symbols, counts);
      });
    }
    const std::size_t share = replay_.options_.memory_limit / static_cast<std::size_t>(replay_.options_.threads);
    if (last_.is_full(share / 8) || events_.is_full(share / 4)) spill();
  }

  LargeVector<PairEvent> take_last() { return last_.take(); }
  LargeVector<PairEvent> take_events() { return events_.take(); }

 private:
  struct Counts {
    std::span<const std::uint32_t> block;
    std::span<const std::uint64_t> count;
  };

  WordReplay& replay_;
  Stepwise stepwise_;
  EventTable last_, events_;
  TokenSearch::Dead dead_;
  Symbols found_;
  std::vector<TokenId> run_;
  std::uint64_t symbols_ = 0;

  // False, with nothing added, where the run cannot go the short way.
  bool add_history(std::string_view run, const Counts& counts) {
    const auto& histories = replay_.histories_;
    if (!histories || run.empty()) return false;
    if (!replay_.options_.overlapping && (run.size() > longest_searched || has_cube(run))) return false;
    found_.clear();
    if (!histories->search().find(run, dead_, found_)) return false;
    for (std::size_t i = 0; i < found_.ids.size(); ++i) {
      const auto next = i + 1 < found_.ids.size() ? found_.ids[i + 1] : TokenHistories::end;
      add_all(last_, PairEvent::pair_of(found_.ids[i], next), 0, 1, counts);
    }
    return true;
  }

  void add_steps(std::span<const TokenId> symbols, const Counts& counts) {
    for (const auto& [pair, state, change] : stepwise_.run(symbols)) add_all(events_, pair, state, change, counts);
  }

  static void add_all(EventTable& table, std::uint64_t pair, std::uint32_t state, std::int64_t change, const Counts& counts) {
    for (std::size_t i = 0; i < counts.block.size(); ++i) {
      table.add({pair, PairEvent::at_of(state, counts.block[i]), change * static_cast<std::int64_t>(counts.count[i])});
    }
  }

  void spill() {
    std::vector<LargeVector<PairEvent>> last, events;
    last.push_back(take_last());
    events.push_back(take_events());
    SortedEvents sorted(replay_.sorted(std::move(last), std::move(events), 1));
    replay_.runs_.add(sorted);
  }
};

WordReplay::~WordReplay() = default;

WordReplay::WordReplay(Strings tokens, std::span<const TokenId> ids, std::vector<MergeStep> steps, ReplayOptions options)
    : options_(std::move(options)), steps_(std::move(steps)), runs_(options_.directory) {
  std::optional<byte_alphabet::Respelt> respelt;
  std::span<const TokenId> known = ids;
  if (options_.spelling.spelt == Spelt::in_alphabet) {
    respelt.emplace(tokens, ids);
    tokens = respelt->strings.view();
    known = respelt->ids;
  }
  symbols_.emplace(tokens, known, options_.spelling);
  const bool is_bare = options_.spelling.continuing_prefix.empty() && options_.spelling.end_suffix.empty();
  if (is_bare) histories_ = TokenHistories::of(symbols_->symbols(), steps_, tokens.bytes.size());
  for (int i = 0; i < options_.threads; ++i) workers_.push_back(std::make_unique<Worker>(*this));
}

void WordReplay::add(const CountedWords& words, std::size_t begin, std::size_t end) {
  std::atomic<std::size_t> next{begin};
  parallel_blocks(options_.threads, options_.threads, [&](std::int64_t worker) {
    for (std::size_t first; (first = next.fetch_add(words_at_once)) < end;) {
      const std::size_t last = std::min(end, first + words_at_once);
      for (std::size_t word = first; word < last; ++word) workers_[static_cast<std::size_t>(worker)]->add(words, word);
    }
  });
}

bool WordReplay::is_counted(const PairEvent& event) const {
  return options_.limits->may_join(event.left(), event.right()) ||
         steps_.next(event.left(), event.right(), 0) != MergeSteps::none;
}

// All events of what workers had: pairs in the end of words, column by column, and events.
LargeVector<PairEvent> WordReplay::sorted(std::vector<LargeVector<PairEvent>> last, std::vector<LargeVector<PairEvent>> events,
                                          int threads) const {
  std::vector<LargeVector<PairEvent>> columns;
  for (const auto& pairs : last) {
    for (const PairEvent& pair : pairs) {
      if (pair.column() >= columns.size()) columns.resize(pair.column() + std::size_t{1});
      columns[pair.column()].push_back(pair);
    }
  }
  last.clear();
  const std::size_t before = events.size();
  events.resize(before + columns.size());
  parallel_blocks(static_cast<std::int64_t>(columns.size()), threads, [&](std::int64_t column) {
    const auto i = static_cast<std::size_t>(column);
    TokenHistories::Unwinding memory;
    histories_->unwind(columns[i], memory, events[before + i]);
    columns[i] = {};
  });
  LargeVector<PairEvent> all;
  for (auto& part : events) {
    if (all.empty()) all = std::move(part);
    else all.insert(all.end(), part.begin(), part.end());
    part = {};
  }
  sort_events(all, threads);
  if (options_.limits) std::erase_if(all, [&](const PairEvent& event) { return !is_counted(event); });
  return all;
}

std::unique_ptr<EventSource> WordReplay::finish() {
  std::vector<LargeVector<PairEvent>> last, events;
  for (const auto& worker : workers_) {
    last.push_back(worker->take_last());
    events.push_back(worker->take_events());
  }
  auto rest = std::make_unique<SortedEvents>(sorted(std::move(last), std::move(events), options_.threads));
  auto sources = runs_.take();
  if (sources.empty()) return rest;
  sources.push_back(std::move(rest));
  return std::make_unique<EventMerge>(std::move(sources));
}

}  // namespace polyvocab
