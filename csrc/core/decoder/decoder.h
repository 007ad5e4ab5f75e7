// Ids to text.
//
// Promises: the text that Hugging Face `tokenizers` gives for the same decoder and tokens. Ids without a token are left
// out, and special tokens where that is asked for, before anything else is looked at.
// Thread safe: a decoder is immutable.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/decoder/part.h"
#include "core/decoder/precomputed.h"
#include "core/decoder/token_strings.h"

namespace polyvocab {

class Decoder {
 public:
  // The parts of one chain; for a tokenizer without a decoder join_by_space alone. Throws std::invalid_argument where
  // there is not one kind per string.
  Decoder(std::vector<DecoderPartPtr> parts, const Strings& strings, std::span<const TokenKind> kinds);

  // `text` is replaced. Throws std::invalid_argument where a part refuses a token.
  void decode(std::span<const TokenId> ids, bool skip_special_tokens, std::string& text) const;

  bool is_precomputed() const { return precomputed_.has_value(); }

 private:
  std::vector<DecoderPartPtr> parts_;
  std::shared_ptr<const TokenStrings> tokens_;
  std::optional<PrecomputedDecoder> precomputed_;
};

}  // namespace polyvocab
