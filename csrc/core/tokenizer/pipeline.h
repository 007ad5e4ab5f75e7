// A text to ids: added tokens -> normalizer -> pre-tokenizer -> model.
//
// Promises: the ids, and on request the byte ranges and word numbers, that Hugging Face `tokenizers` gives without its
// post-processor. Thread safe: a pipeline is immutable; each thread brings a Worker.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/added_tokens/added_tokens.h"
#include "core/models/model.h"
#include "core/normalizer/normalizer.h"
#include "core/pre_tokenizer/pre_tokenizer.h"
#include "core/tokenizer/id_buffer.h"
#include "core/tokenizer/joints.h"
#include "core/tokenizer/word_encoder.h"

namespace polyvocab {

struct Parts {
  std::vector<AddedToken> raw_tokens;         // searched for in the document
  std::vector<AddedToken> normalized_tokens;  // searched for in what the normalizer makes of it
  NormalizerPtr normalizer;                   // may be null
  PreTokenizerPtr pre_tokenizer;              // may be null
  ModelPtr model;
  std::optional<TokenId> surface_unknown;     // a model whose unknown token is shown as the text that it stands for (Unigram)
};

// Tokens with what is known of each.
struct AlignedTokens {
  std::vector<TokenId> ids;
  std::vector<Span> spans;           // in bytes of the document
  std::vector<std::uint32_t> words;  // the number of the piece that the token is in
  // Tokens that are shown as another string than that of their id: their index and the string.
  std::vector<std::pair<std::size_t, std::string>> surfaces;
};

// Takes what a document is made of, in its order. What lies in `text` may be gone after the call.
class WordSink {
 public:
  virtual ~WordSink() = default;
  // An added token.
  virtual void token(TokenId id) = 0;
  // Words, as the model sees them, that lie one after the other, the first at `begin`, each up to its end.
  virtual void words(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends) = 0;
  // Words that lie anywhere.
  virtual void words(std::string_view text, std::span<const Span> words) = 0;
  // Parts of raw text that lie one after the other: each becomes ids, or words (`walk_chunk`), by itself.
  virtual void chunks(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends) = 0;
};

// What a walk over a document needs, kept from one to the next. A sink that walks itself brings another one.
class WalkMemory {
 private:
  friend class Pipeline;
  std::vector<Segment> raw_, normalized_;
  std::vector<Span> pieces_;
  std::vector<std::uint32_t> ends_ = std::vector<std::uint32_t>(512);
};

class Pipeline;

// What a thread needs and keeps from text to text.
class Worker {
 public:
  explicit Worker(const Pipeline& pipeline);

  std::vector<char> text;  // memory for a text in UTF-8

 private:
  friend class Pipeline;
  WordEncoder words_;
  std::optional<WordEncoder> chunks_;
  std::unique_ptr<Scratch> scratch_;
  WalkMemory memory_;
  Tokens tokens_;
};

class Pipeline {
 public:
  explicit Pipeline(Parts parts);

  // Appends the ids of a document. `encode_special_tokens`: special added tokens are text like any other.
  void encode(std::string_view document, bool encode_special_tokens, Worker& worker, IdBuffer& out) const;
  void encode(std::string_view document, bool encode_special_tokens, Worker& worker, AlignedTokens& out) const;

  // Hands the words, chunks and added tokens of a document to `sink`: the ids of a document are theirs, one after the other.
  void walk(std::string_view document, bool encode_special_tokens, WalkMemory& memory, WordSink& sink) const;
  // Hands the words of a chunk to `sink`.
  void walk_chunk(std::string_view chunk, WalkMemory& memory, WordSink& sink) const;

  const Model& model() const { return *parts_.model; }

 private:
  friend class Worker;
  Parts parts_;
  AddedTokens raw_tokens_, normalized_tokens_;

  // How ids alone are found quickly: straight from the words of a pattern, or chunk by chunk.
  std::optional<Pattern> pattern_;
  std::optional<Joints> joints_;
  // The normalizer and the pre-tokenizer for a part of a text: [it begins the text][it ends it].
  struct Stages {
    NormalizerPtr normalizer;
    PreTokenizerPtr pre_tokenizer;
    bool must_align(bool rewritten) const;
  };
  Stages stages_[2][2];
  ModelPtr chunk_model_;  // a chunk inside a text as a word

  template <class OnToken, class OnText>
  void segment(std::string_view document, bool encode_special_tokens, std::vector<Segment>& memory, OnToken&& on_token,
               OnText&& on_text) const;
  void walk_plain(std::string_view text, std::uint32_t offset, bool encode_special_tokens, WalkMemory& memory,
                  WordSink& sink) const;
  void walk_normal(Text&& text, const PreTokenizer* pre_tokenizer, WalkMemory& memory, WordSink& sink) const;
  void walk_words(std::string_view text, WalkMemory& memory, WordSink& sink) const;
  void walk_chunks(std::string_view text, std::uint32_t offset, WalkMemory& memory, WordSink& sink) const;
  void walk_part(std::string_view text, std::uint32_t offset, const Stages& stages, WalkMemory& memory, WordSink& sink) const;
  void align_plain(std::string_view text, std::uint32_t offset, bool encode_special_tokens, Worker& worker,
                   AlignedTokens& out) const;
  void align_normal(Text&& text, Worker& worker, AlignedTokens& out) const;
};

}  // namespace polyvocab
