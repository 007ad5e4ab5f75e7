// Counted words to the events of their pairs, on many threads, within a limit of memory.
//
// Promises: for every list of merges the events that counting all pairs again after each merge gives, whatever the limit and
// the number of threads: what does not fit is written to the disk, or a FileError. Regular lists, as trainers make them, take
// the short way (token_histories.h), all else the long one (stepwise.h).
// Expects: words that stay where they are, of valid UTF-8 where they are spelled in characters. `add` from one thread, then
// `finish` once.
// Does not: keep the limit for a single word that is larger by itself, nor for what is given out in the end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/count/counted_words.h"
#include "core/replay/sorted_events.h"
#include "core/replay/trained_merges.h"

namespace polyvocab {

class WordReplay {
 public:
  // `merges` must live as long. `memory_limit` is for tables, in bytes. `directory` is there and empty, for what does not fit;
  // the caller removes it.
  WordReplay(const TrainedMerges& merges, CountedWords words, std::size_t memory_limit, int threads, std::string directory);
  ~WordReplay();

  // The words from `begin` to `end`.
  void add(std::size_t begin, std::size_t end);
  // The events of all words that were added; the column is the block.
  std::unique_ptr<EventSource> finish();

  // Whether the tables were too small.
  bool has_spilled() const { return !runs_.empty(); }

 private:
  class Worker;
  struct Part;

  const TrainedMerges& merges_;
  CountedWords words_;
  std::size_t share_;  // of each thread, in bytes
  int threads_;
  EventRuns runs_;
  std::vector<std::unique_ptr<Worker>> workers_;

  std::vector<std::unique_ptr<EventSource>> sorted(std::vector<Part> parts, int threads) const;
};

}  // namespace polyvocab
