// How often a Unigram expects each piece in counted words: the E-step of its training, once.
//
// Promises: the expectation over all segmentations of a word, each with the probability that the pieces' scores give it, to
// the rounding of double. A character that is no piece by itself is also a segment, with the score of an unknown character.
// Results are the same whatever the number of threads: words are summed up in parts that depend on the words alone.
// Expects: valid UTF-8; finite scores. Of equal pieces the last one counts; empty ones are never found.
// Does not: prune, or leave out a segmentation however unlikely.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/count/counted_words.h"
#include "core/models/model.h"

namespace polyvocab {

// The pieces that may occur in text, by `in_text`, and their log probabilities.
struct ScoredPieces {
  Strings pieces;
  std::span<const double> scores;
  std::span<const bool> in_text;
  double unknown_score;  // of a character
};

struct ExpectedPieces {
  std::vector<TokenId> pieces;  // those that some segmentation has, rising
  std::vector<double> counts;   // [pieces, blocks]
  std::vector<double> unknown;  // [blocks]: unknown characters
};

ExpectedPieces expected_pieces(const ScoredPieces& pieces, const CountedWords& words, int threads);

}  // namespace polyvocab
