// Words to ids through a cache: what a thread does for every word of a corpus.
//
// Promises: the ids that the model gives. Expects: one thread at a time.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/models/model.h"
#include "core/tokenizer/id_buffer.h"
#include "core/tokenizer/word_cache.h"

namespace polyvocab {

class WordEncoder {
 public:
  explicit WordEncoder(ModelPtr model) : model_(std::move(model)), scratch_(model_->scratch()) {}

  // Appends the ids of words that lie one after the other in `text`, the first at `begin`, each up to its end.
  void encode(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends, IdBuffer& out);

  // Appends the ids of one word of `text`.
  void encode(std::string_view text, Span word, IdBuffer& out);

  static constexpr std::size_t batch = 512;

 private:
  ModelPtr model_;
  std::unique_ptr<Scratch> scratch_;
  WordCache cache_;
  // Of a batch: what its words are looked up by.
  std::array<ShortWord, batch> keys_;
  std::array<std::uint64_t, batch> hashes_;
  // The words that are not known, each once: their places in the batch, and what the model makes of them.
  std::vector<std::string_view> new_words_;
  std::vector<std::uint32_t> new_places_, new_counts_;
  Tokens new_tokens_;
  std::vector<std::size_t> new_begins_;  // of their ids
  // Where they are met: which one, and how many ids of the batch come before its own.
  struct Gap {
    std::uint32_t word, place;
  };
  std::vector<Gap> gaps_;

  WordCache::Found recall(std::string_view word, std::size_t index);
  void leave_out(std::string_view word, std::size_t index, std::uint32_t awaited, std::size_t place);
  void learn(std::size_t batch_ids, IdBuffer& out);
  void fill_gaps(std::size_t batch_ids, IdBuffer& out);
};

}  // namespace polyvocab
