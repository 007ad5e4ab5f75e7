// Which two tokens a trainer may join at all: SentencePiece's limits on pieces.
//
// Promises: what a trainer says of the text of both together, from what is known of each alone.
// Expects: facts for every token that there is.
#pragma once

#include <cstdint>
#include <vector>

#include "core/models/model.h"

namespace polyvocab {

struct PieceLimits {
  enum Flag : std::uint8_t {
    alone = 1,      // is part of nothing longer
    not_left = 2,   // nothing follows it in a piece
    not_right = 4,  // nothing stands before it
    blank = 8,      // spaces alone, which may join each other whatever else is said
  };
  struct Facts {
    std::uint32_t characters;
    std::uint8_t first_script, last_script;  // 0: of any
    std::uint8_t flags;
  };
  std::uint32_t most_characters;
  std::vector<Facts> tokens;  // by id

  bool may_join(TokenId left, TokenId right) const {
    const Facts &a = tokens[left], &b = tokens[right];
    if (std::uint64_t{a.characters} + b.characters > most_characters || (a.flags | b.flags) & alone) return false;
    if (a.flags & b.flags & blank) return true;
    if (a.flags & not_left || b.flags & not_right) return false;
    return a.last_script == 0 || b.first_script == 0 || a.last_script == b.first_script;
  }
};

}  // namespace polyvocab
