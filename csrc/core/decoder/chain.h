// A chain of decoders over the strings of tokens.
//
// Promises: the text that Hugging Face `tokenizers` gives for the same decoder and tokens. Ids without a token are left
// out, and special tokens where that is asked for, before anything else is looked at.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/decoder/decoder.h"
#include "core/decoder/part.h"
#include "core/decoder/precomputed.h"
#include "core/decoder/token_strings.h"

namespace polyvocab {

class ChainDecoder final : public Decoder {
 public:
  // The parts of one chain; for a tokenizer without a decoder join_by_space alone. Throws std::invalid_argument where
  // there is not one kind per string.
  ChainDecoder(std::vector<DecoderPartPtr> parts, const Strings& strings, std::span<const TokenKind> kinds);

  void decode(std::span<const TokenId> ids, bool skip_special_tokens, TextBuffer& out) const override;

  // A chain knows of no text before: the first token is the first one.
  void decode_on(std::span<const TokenId> ids, bool skip_special_tokens, TextBuffer& out) const override {
    decode(ids, skip_special_tokens, out);
  }

  bool is_precomputed() const { return precomputed_.has_value(); }

 private:
  std::vector<DecoderPartPtr> parts_;
  std::shared_ptr<const TokenStrings> tokens_;
  std::optional<PrecomputedDecoder> precomputed_;
};

}  // namespace polyvocab
