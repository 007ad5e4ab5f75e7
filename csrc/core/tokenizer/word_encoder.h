// Words to ids through a cache: what a thread does for every word of a corpus.
//
// Promises: the ids that the model gives. Expects: one thread at a time.
#pragma once

#include <memory>
#include <span>
#include <string_view>

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

  static constexpr std::size_t batch = 128;

 private:
  ModelPtr model_;
  std::unique_ptr<Scratch> scratch_;
  WordCache cache_;
  Tokens missed_;

  void encode_unusual(std::string_view word, ShortWord key, std::uint64_t hash, IdBuffer& out);
  template <class Word>
  void encode_known(std::string_view word, Word key, std::uint64_t hash, IdBuffer& out);
  std::span<const TokenId> ask(std::string_view word);
};

}  // namespace polyvocab
