// The Unigram model of Hugging Face `tokenizers`: the best path in double.
//
// Promises: that library's rules. A character that is no piece costs 10 less than the lowest score. A run of unknown
// characters is one piece, and so is one with pieces whose id is the unknown token's; if the run as a whole is in the
// vocabulary it gets that id, else with `byte_fallback` the ids of its bytes if the vocabulary has all of them (each with
// the span of the run), else the unknown token's. Of equal pieces the last one counts. Empty pieces are never found.
// Expects: id i is piece i. Scores are finite and no further from 0 than 1e290.
// Does not: sample. Without an unknown token, an unknown character is refused when a word has one.
#pragma once

#include <optional>
#include <span>

#include "core/models/model.h"

namespace polyvocab {

ModelPtr unigram(Strings pieces, std::span<const double> scores, std::optional<TokenId> unknown, bool byte_fallback);

}  // namespace polyvocab
