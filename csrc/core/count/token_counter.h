// Documents, or words with counts, to how often each token occurs; no ids are kept.
//
// Promises: what encoding every document gives, whatever the limit of memory, the number of threads and the order of the
// documents: a table that is full, and each in the end, is emptied by encoding its words, each once.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "core/count/tallies.h"
#include "core/models/model.h"

namespace polyvocab {

// The tokens of counted words, ids below `token_count`. Throws std::invalid_argument for words that the model refuses.
std::vector<std::uint64_t> tokens_of_words(const Model& model, const Strings& words, std::span<const std::uint64_t> counts,
                                           std::size_t token_count, int threads);

class TokenCounter {
 public:
  // `pipeline` must live as long; its ids are below `token_count`. `memory_limit` is for tables, in bytes.
  TokenCounter(const Pipeline& pipeline, std::vector<TokenId> added, std::size_t token_count, std::size_t memory_limit,
               int threads);

  // From any threads.
  void add(std::span<const std::string_view> documents) { tallies_.add(documents); }
  // [token_count]. Once, when all is in.
  std::vector<std::uint64_t> finish();

  BlockTotals totals() const { return tallies_.totals(); }

 private:
  const Pipeline& pipeline_;
  std::vector<TokenId> added_;
  int threads_;
  std::vector<std::uint64_t> counts_;
  std::mutex guard_;  // of the counts
  Tallies tallies_;

  void encode(WordTable& words);
};

}  // namespace polyvocab
