// The ids of a SentencePiece model to text.
//
// Promises: the text of the library (version 0.2.3) for a model without rules for decoding. Control pieces show nothing, but
// part the bytes around them. Bytes in a row are UTF-8, each byte that is in no character is U+FFFD. A ▁ is a space wherever
// it stands, except the first one: where a text begins with one that encoding put there, it is left out. Which that is, the
// library takes from two settings: with `remove_extra_whitespaces` every piece before the first text loses one ▁, else with
// `add_dummy_prefix` the first of these that has one.
// Expects: id i is piece i. No piece counts as a special token: there is nothing to skip.
#pragma once

#include <optional>

#include "core/decoder/decoder.h"
#include "core/decoder/token_texts.h"
#include "core/models/sentencepiece_unigram.h"

namespace polyvocab {

class SentencePieceDecoder final : public Decoder {
 public:
  struct Rules {
    std::string_view unknown_surface;  // what the unknown piece shows
    bool add_dummy_prefix = true;
    bool remove_extra_whitespaces = true;
  };

  // Throws std::invalid_argument where there is not one type per piece, and where a byte's piece is not called <0xNN>.
  SentencePieceDecoder(const Strings& pieces, std::span<const PieceType> types, const Rules& rules);

  // Throws std::invalid_argument with the place of an id that no piece has.
  void decode(std::span<const TokenId> ids, bool skip_special_tokens, TextBuffer& out) const override;
  void decode_on(std::span<const TokenId> ids, bool skip_special_tokens, TextBuffer& out) const override;

 private:
  TokenTexts texts_;
  std::optional<TokenId> unknown_;
  bool add_dummy_prefix_;
  bool remove_extra_whitespaces_;

  std::span<const TokenId> shown(std::span<const TokenId> ids) const;
  template <class Writer>
  std::size_t write_beginning(std::span<const TokenId> ids, Writer& writer) const;
};

}  // namespace polyvocab
