// What a text is cut into where one token of the vocabulary is not there: what must be kept with a token, and what its
// removal costs.
//
// Promises, for a BPE: the two tokens whose merge makes a token when the symbols of its own text are merged. In any word, a
// token that comes out of merging came into being so: up to then nothing was merged across its ends, and what happened inside
// happened in the same order as if it stood alone. Hence a set of tokens that has the parts of each gives every word whose
// tokens are all in the set the same tokens, with the merges that are left in their order.
// For a Unigram: the best other path over the piece; for WordPiece: the longest other tokens from the left.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/models/bpe.h"
#include "core/models/sentencepiece_unigram.h"

namespace polyvocab {

enum class TokenKind : std::uint8_t {
  absent,  // no token of the model has this id
  symbol,  // nothing makes it, and there is nothing else that its text could become
  made,    // has parts
  never,   // its text becomes something else: as a part of a word it never comes about
};

// By id, for ids below a size that the caller gives.
struct TokenParts {
  std::vector<std::uint8_t> kinds;       // values of TokenKind
  std::vector<std::int64_t> indptr{0};   // parts[indptr[id], indptr[id + 1])
  std::vector<TokenId> parts;            // in the order of the text
};

// `ids` are below `size`. As for the model of the same name; with `ignore_merges` a token of the kind never may still be a whole
// word.
TokenParts bpe_parts(Strings tokens, std::span<const TokenId> ids, std::span<const Merge> merges, const BpeOptions& options,
                     TokenId size, int threads);

// The merges of a SentencePiece BPE are what its pieces say. Characters that are no pieces are no parts.
TokenParts sentencepiece_bpe_parts(Strings pieces, std::span<const float> scores, std::span<const PieceType> types,
                                   bool byte_fallback, TokenId size, int threads);

// `in_text`: which pieces a path may take; the others are absent. Piece i has the id i. An unknown character is the part
// `unknown`, or with fallback each of its bytes is one. A piece that another path beats is of the kind never.
TokenParts unigram_parts(Strings pieces, std::span<const double> scores, std::span<const bool> in_text,
                         std::optional<TokenId> unknown, bool byte_fallback, TokenId size, int threads);

// Where nothing else fits, the part is `unknown`, which itself has none.
TokenParts wordpiece_parts(Strings tokens, std::span<const TokenId> ids, std::optional<TokenId> unknown,
                           std::string_view prefix, TokenId size, int threads);

}  // namespace polyvocab
