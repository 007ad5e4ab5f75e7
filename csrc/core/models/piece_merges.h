// The merges of a SentencePiece BPE, which its file does not list: any two neighbours merge whose concatenation is a piece.
//
// Promises: a short piece has at most one merge. Up to the moment when a piece comes into being nothing was merged across its
// ends, so that inside it all happened as if it stood alone; hence it always comes into being from the same two parts.
#pragma once

#include <span>
#include <vector>

#include "core/models/character_table.h"
#include "core/models/pair_table.h"
#include "core/models/piece_set.h"

namespace polyvocab {

struct PieceMerges {
  std::vector<Merge> merges;
  // What a character is before anything is merged: its piece, or a number of its own behind the ids of the pieces.
  CharacterTable characters;
  TokenId unknown;                   // what a character is that is in no piece
  std::vector<std::uint32_t> ranks;  // by the id of the piece: the higher the score, the lower the rank
};

PieceMerges piece_merges(const Strings& pieces, std::span<const float> scores, const PieceSet& set);

}  // namespace polyvocab
