// Ids to text.
//
// Promises: the text of the library that the tokenizer was made for. Thread safe: a decoder is immutable.
#pragma once

#include <span>
#include <string>

#include "core/decoder/text_buffer.h"
#include "core/models/model.h"

namespace polyvocab {

class Decoder {
 public:
  virtual ~Decoder() = default;

  // Appends the text, valid UTF-8. Throws std::invalid_argument where an id or a token is refused; what was appended until
  // then is not taken back.
  virtual void decode(std::span<const TokenId> ids, bool skip_special_tokens, TextBuffer& out) const = 0;

  // The same for ids that follow a text which is not empty.
  virtual void decode_on(std::span<const TokenId> ids, bool skip_special_tokens, TextBuffer& out) const = 0;
};

}  // namespace polyvocab
