// SentencePiece's models beside the unigram one: its BPE, and the models of characters and of words.
//
// Promises: the ids and ranges of the library (version 0.2.3) for a normalized text. User-defined symbols are never cut or
// merged with others. A piece of any other type than normal, user-defined and unused cannot come out of a text; what no piece
// stands for is unknown: unknown neighbours are one token, or with `byte_fallback` each byte is one (the last byte of a
// character has the character's span, the others an empty one before it).
// Expects: id i is piece i. A word here is what the library would call the normalized sentence.
// Refuses what the library refuses to load: see the messages.
#pragma once

#include <span>

#include "core/models/model.h"
#include "core/models/sentencepiece_unigram.h"

namespace polyvocab {

// Of all neighbours whose concatenation is a piece those are merged first whose piece has the highest score, the leftmost of
// equals. Pieces that are unused are taken apart again in the end.
ModelPtr sentencepiece_bpe(Strings pieces, std::span<const float> scores, std::span<const PieceType> types, bool byte_fallback);

// Every character is a token.
ModelPtr sentencepiece_char(Strings pieces, std::span<const PieceType> types, bool byte_fallback);

// Every word is a token, with the ▁ before it.
ModelPtr sentencepiece_word(Strings pieces, std::span<const PieceType> types, bool byte_fallback);

}  // namespace polyvocab
