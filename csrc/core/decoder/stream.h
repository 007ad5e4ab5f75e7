// Ids to text while they come: a chunk of text is given out as soon as no later id can change it.
//
// Promises: the chunks of Hugging Face `tokenizers`' DecodeStream, and its refusal of text that changes in hindsight. With a
// SentencePiece model, whose library has no such thing, the chunks together are the text of all ids, but for what waits.
// A copy of a stream goes its own way.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/decoder/decoder.h"

namespace polyvocab {

class DecodeStream {
 public:
  // The text of ids, without the special tokens among them where the flag is set.
  using Decode = std::function<std::string(const std::vector<TokenId>&, bool)>;

  // `ids` came before, and their text has been seen.
  explicit DecodeStream(bool skip_special_tokens, std::vector<TokenId> ids = {})
      : skip_special_tokens_(skip_special_tokens), ids_(std::move(ids)) {}

  // The text that these ids add, or nothing where it may still change (it ends within a character, say).
  // Throws std::invalid_argument where the new text does not continue what was given out, and what `decode` throws where it
  // refuses the ids; these then count as if they had not come.
  std::optional<std::string> step(const Decoder& decoder, std::span<const TokenId> ids);
  std::optional<std::string> step(const Decode& decode, std::span<const TokenId> ids);

 private:
  std::string text_with(const Decode& decode, std::span<const TokenId> ids);  // takes them

  bool skip_special_tokens_;
  std::vector<TokenId> ids_;      // those that the next chunk may depend on
  std::string prefix_;            // the text of ids_ that was given out
  std::size_t prefix_count_ = 0;  // how many of ids_ are dropped with the next chunk
  bool goes_on_ = false;          // some text lies before ids_
};

}  // namespace polyvocab
