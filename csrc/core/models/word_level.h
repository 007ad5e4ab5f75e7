// WordLevel: a word is a token.
//
// Promises: the rules of Hugging Face `tokenizers`: a word that is no token is the unknown token, and refused if there is none.
// Expects: of equal tokens the last one counts.
#pragma once

#include <optional>
#include <span>

#include "core/models/model.h"

namespace polyvocab {

ModelPtr word_level(Strings tokens, std::span<const TokenId> ids, std::optional<TokenId> unknown);

}  // namespace polyvocab
