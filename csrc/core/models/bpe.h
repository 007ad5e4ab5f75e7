// Byte-pair encoding (Sennrich et al. 2016).
//
// Promises: of all pairs of neighbours that are merges, the one of the lowest rank is merged first, the leftmost of equals;
// linear time in the length of the word. The details (unknowns, prefixes, byte pieces) are those of Hugging Face `tokenizers`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/models/model.h"
#include "core/models/pair_table.h"

namespace polyvocab {

// What a word is spelled in, and how tokens are written.
enum class Spelt {
  in_characters,
  in_bytes,     // tokens are strings of any bytes
  in_alphabet,  // words are bytes, tokens are written in GPT-2's alphabet; one with another character is in no word
};

struct BpeOptions {
  Spelt spelt = Spelt::in_characters;
  std::optional<TokenId> unknown{};
  bool fuse_unknown = false;
  bool byte_fallback = false;  // a character without a token is spelled with tokens <0xNN>, where all of them exist
  bool ignore_merges = false;  // a word that is a token is that token
  std::string continuing_prefix{};
  std::string end_suffix{};
};

// `tokens` and `ids`: the vocabulary; of equal strings the later one counts. `merges`: in order of rank.
ModelPtr bpe(Strings tokens, std::span<const TokenId> ids, std::span<const Merge> merges, const BpeOptions& options);

// tiktoken's form: tokens are bytes and their ids are ranks. Two neighbours merge where both together are a token, at its
// rank; a word that is a token is that token. Throws std::invalid_argument where a single byte has no token.
ModelPtr rank_bpe(Strings tokens, std::span<const TokenId> ranks);

// The same as merges and options: every pair of tokens that together are a token, at its rank.
std::vector<Merge> rank_merges(Strings tokens, std::span<const TokenId> ranks);
BpeOptions rank_options();

}  // namespace polyvocab
