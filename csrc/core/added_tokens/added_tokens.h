// Added tokens: texts that become one token each before anything is cut into words.
//
// Promises: the segments that Hugging Face `tokenizers` finds: leftmost longest matches, each searched for behind the match
// before it, be that a token or rejected. A tokenizer has two of these: one for tokens that are searched for in the raw
// text, one for those in the normalized text. Thread safe: immutable.
#pragma once

#include <cstdint>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/added_tokens/pattern_trie.h"
#include "core/added_tokens/start_finder.h"
#include "core/models/model.h"

namespace polyvocab {

struct AddedToken {
  std::string content;  // as it stands in the text that is searched; where that is normalized, the normalized form
  TokenId id = 0;
  bool single_word = false;  // no word character next to it
  bool lstrip = false;       // takes the white space before it
  bool rstrip = false;       // takes the white space behind it
  bool special = false;
};

struct Segment {
  std::uint32_t begin;
  std::uint32_t end;
  std::optional<TokenId> id;  // none: text between added tokens
};

class AddedTokens {
 public:
  // Throws std::invalid_argument where a content is empty, or the same as another one (the reference then cuts at every
  // byte, or picks one at random).
  explicit AddedTokens(std::vector<AddedToken> tokens);

  bool empty() const { return tokens_.empty(); }

  // Appends the segments of `text`, in order, none empty. They cover it; where a token with `rstrip` took white space with
  // which another token begins, that one follows nevertheless, and they overlap. `encode_special_tokens`: special ones are
  // left in the text.
  void segment(std::string_view text, bool encode_special_tokens, std::vector<Segment>& out) const;

 private:
  std::vector<AddedToken> tokens_;
  PatternTrie trie_;
  StartFinder starts_;
};

}  // namespace polyvocab
