// SentencePiece's BPE for a text in which unused pieces come about: step by step, as the library does it.
//
// An unused piece is taken apart into the two parts by which the library last came across it, wherever in the text that was
// and whether or not they were merged there. So the whole history of the text counts. Slow: it is for such texts alone.
#pragma once

#include <span>

#include "core/models/piece_set.h"

namespace polyvocab {

// `ranks`: by the id of the piece; the lowest is merged first.
void encode_with_unused(const PieceSet& pieces, std::span<const std::uint32_t> ranks, std::string_view text, PieceWriter& out);

}  // namespace polyvocab
