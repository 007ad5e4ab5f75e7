// WordPiece: the longest token that fits, again and again.
//
// Promises: the rules of Hugging Face `tokenizers`. Tokens after the first one are looked up behind `prefix`. A word of more
// than `max_input_chars` code points, or with a rest that no token begins, is one unknown token.
// Expects: of equal tokens the last one counts. Empty tokens are never found.
// Without an unknown token, a word that needs it is refused.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/models/model.h"

namespace polyvocab {

ModelPtr wordpiece(Strings tokens, std::span<const TokenId> ids, std::optional<TokenId> unknown, std::string_view prefix,
                   std::size_t max_input_chars);

}  // namespace polyvocab
