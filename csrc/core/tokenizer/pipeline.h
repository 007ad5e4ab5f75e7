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

class Pipeline;

// What a thread needs and keeps from text to text.
class Worker {
 public:
  explicit Worker(const Pipeline& pipeline);

 private:
  friend class Pipeline;
  WordEncoder words_;
  std::optional<WordEncoder> chunks_;
  std::unique_ptr<Scratch> scratch_;
  std::vector<Segment> raw_, normalized_;
  std::vector<Span> pieces_;
  std::vector<std::uint32_t> ends_;
  Tokens tokens_;
};

class Pipeline {
 public:
  explicit Pipeline(Parts parts);

  // Appends the ids of a document. `encode_special_tokens`: special added tokens are text like any other.
  void encode(std::string_view document, bool encode_special_tokens, Worker& worker, IdBuffer& out) const;
  void encode(std::string_view document, bool encode_special_tokens, Worker& worker, AlignedTokens& out) const;

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

  template <class Out>
  void encode_document(std::string_view document, bool encode_special_tokens, Worker& worker, Out& out) const;
  void encode_plain(std::string_view text, std::uint32_t offset, bool encode_special_tokens, Worker& worker,
                    IdBuffer& out) const;
  void encode_plain(std::string_view text, std::uint32_t offset, bool encode_special_tokens, Worker& worker,
                    AlignedTokens& out) const;
  void encode_normal(Text&& text, const PreTokenizer* pre_tokenizer, Worker& worker, IdBuffer& out) const;
  void encode_normal(Text&& text, Worker& worker, AlignedTokens& out) const;
  void encode_words(std::string_view text, Worker& worker, IdBuffer& out) const;
  void encode_chunks(std::string_view text, std::uint32_t offset, Worker& worker, IdBuffer& out) const;
  void encode_part(std::string_view text, std::uint32_t offset, const Stages& stages, Worker& worker, IdBuffer& out) const;
};

}  // namespace polyvocab
