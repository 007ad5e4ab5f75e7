// Documents to counted words, on many threads, within a limit of memory.
//
// Promises: all words with their counts, whatever the limit, the number of threads and the order of the documents: tables that
// are full are written to the disk. Throws FileError where that fails.
// Expects: `add` from any threads, then `finish` once.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/count/tallies.h"
#include "core/count/word_runs.h"

namespace polyvocab {

class WordCounter {
 public:
  // `pipeline` must live as long. `memory_limit` is for tables, in bytes. `directory` is there and empty; the caller removes it.
  WordCounter(const Pipeline& pipeline, TallyLayout layout, std::size_t memory_limit, int threads, std::string directory);

  void add(std::span<const std::string_view> documents) { tallies_.add(documents); }
  // The words of all documents. It needs no counter any more.
  std::unique_ptr<WordSource> finish();

  // Whether the tables were too small.
  bool has_spilled() const { return !runs_.empty(); }
  BlockTotals totals() const { return tallies_.totals(); }

 private:
  int threads_;
  WordRuns runs_;
  Tallies tallies_;
};

}  // namespace polyvocab
