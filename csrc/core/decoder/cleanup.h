// The tidying of English text that the WordPiece and CTC decoders share: spaces before punctuation and in contractions.
#pragma once

#include <string>

namespace polyvocab {

void clean_up_spaces(std::string& text);

}  // namespace polyvocab
