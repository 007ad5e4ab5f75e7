// What SentencePiece does to a text before its model sees it.
//
// Promises: the bytes and the alignment of the library (version 0.2.3): the longest rule of the charsmap that matches, spaces
// made one where they are removed, ▁ for a space, and one more of it before or behind the text. User-defined symbols stay as
// they are. Each byte's range in the document reaches from where the library says that it comes from to where it says that
// the next one does.
// Expects: valid UTF-8.
#pragma once

#include "core/models/model.h"
#include "core/normalizer/normalizer.h"

namespace polyvocab {

struct SentencePieceRules {
  std::string_view charsmap{};  // as it lies in the file; empty: there are no rules
  Strings user_defined{};
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
  bool treat_whitespace_as_suffix = false;
};

// Throws std::invalid_argument with what is wrong with the charsmap.
NormalizerPtr sentencepiece_normalizer(const SentencePieceRules& rules);

}  // namespace polyvocab
