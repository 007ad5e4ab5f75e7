// The unigram model of SentencePiece: the best path in float.
//
// Promises: that library's rules (0.2.3). Text is cut into normal and user-defined pieces only. A character that is neither
// costs 10 less than the lowest score of a normal piece, and a user-defined piece of n bytes has the score 0.1 (n - 1).
// Unknown characters in a row are one unknown token; with `byte_fallback` each byte of them is a token (the last byte of a
// character has the character's span, the others an empty one before it). A total further from 0 than 100000 starts again
// from 0.
// Expects: id i is piece i. A word here is what the library would call the normalized sentence.
// Refuses what the library refuses to load: see the messages.
//
// A total in float is rounded, so that what comes before decides ties and near ties in what follows. A sentence can still be
// encoded in parts, cut where no piece can cross, if each part begins with the total of the one before: `encode_from`. A
// part's tokens may be reused behind another total only where every choice in it is wider than the rounding can be.
#pragma once

#include <memory>
#include <span>

#include "core/models/model.h"

namespace polyvocab {

enum class PieceType : std::uint8_t { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };

class SentencePieceUnigram : public Model {
 public:
  // Encodes a word that follows a text with this total score (0 at the beginning of a sentence); returns the new total.
  virtual float encode_from(std::string_view word, float total, Scratch& scratch, Tokens& out) const = 0;
};

std::shared_ptr<const SentencePieceUnigram> sentencepiece_unigram(Strings pieces, std::span<const float> scores,
                                                                  std::span<const PieceType> types, bool byte_fallback);

}  // namespace polyvocab
