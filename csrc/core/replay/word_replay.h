// Counted words to the events of their pairs, on many threads, within a limit of memory.
//
// Promises: for every list of merges the events that counting all pairs again after each merge gives, whatever the limit and
// the number of threads: what does not fit is written to the disk, or a FileError. Regular lists, as trainers make them, take
// the short way (token_histories.h), all else the long one (stepwise.h).
// Expects: ids below 0xFFFFFFFF; words of valid UTF-8 where they are spelled in characters. `add` from one thread, then
// `finish` once.
// Does not: keep the limit for a single word that is larger by itself, nor for what is given out in the end.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/replay/merge_steps.h"
#include "core/replay/piece_limits.h"
#include "core/replay/sorted_events.h"
#include "core/replay/token_histories.h"
#include "core/replay/training_symbols.h"

namespace polyvocab {

// A sparse matrix [words, blocks]: word i occurs count[j] times in block[j], for all j from indptr[i] to indptr[i + 1].
struct CountedWords {
  Strings words;
  std::span<const std::uint64_t> indptr;
  std::span<const std::uint32_t> block;
  std::span<const std::uint64_t> count;
};

struct ReplayOptions {
  BpeOptions spelling{};  // how words become symbols: `spelt`, `continuing_prefix`, `end_suffix`
  // Whether 'aaa' has the pair (a, a) twice, as Hugging Face, SentencePiece and subword-nmt count; else once, and 'aaaa' twice.
  bool overlapping = true;
  // Pairs that could be no piece are not counted, unless the list has them.
  std::optional<PieceLimits> limits{};
  std::size_t memory_limit = std::size_t{1} << 28;  // bytes for tables
  int threads = 1;
  std::string directory{};  // is there and empty, for what does not fit; the caller removes it
};

class WordReplay {
 public:
  // `tokens` and `ids`: the vocabulary by which words are spelled.
  WordReplay(Strings tokens, std::span<const TokenId> ids, std::vector<MergeStep> steps, ReplayOptions options);
  ~WordReplay();

  // The words from `begin` to `end`.
  void add(const CountedWords& words, std::size_t begin, std::size_t end);
  // The events of all words; the column is the block.
  std::unique_ptr<EventSource> finish();

  // Whether the tables were too small.
  bool has_spilled() const { return !runs_.empty(); }
  // Whether words may be any bytes.
  bool is_over_bytes() const { return options_.spelling.spelt != Spelt::in_characters; }
  // Whether the list takes the short way.
  bool is_regular() const { return histories_.has_value(); }

 private:
  class Worker;

  ReplayOptions options_;
  MergeSteps steps_;
  std::optional<TrainingSymbols> symbols_;
  std::optional<TokenHistories> histories_;
  EventRuns runs_;
  std::vector<std::unique_ptr<Worker>> workers_;

  bool is_counted(const PairEvent& event) const;
  LargeVector<PairEvent> sorted(std::vector<LargeVector<PairEvent>> last, std::vector<LargeVector<PairEvent>> events,
                                int threads) const;
};

}  // namespace polyvocab
