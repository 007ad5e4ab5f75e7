// Split patterns as a tree.
//
// Promises: the tree of a pattern in the syntax of the engine that the original library uses, or std::invalid_argument that
// names what is not regular (back references, look-behind, anchors inside, look-ahead of more than one character) and where.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/splitter/code_points.h"

namespace polyvocab {

// Who defines the syntax. They differ in `{1,3}+` (repeated, or possessive) and in `$` (end of a line, or of the text).
enum class Dialect { oniguruma, rust };

struct Node {
  enum Kind {
    characters,  // one character out of `set`
    ahead,       // nothing, where the next character is in `set`; `or_end`: also where there is none
    sequence,    // `parts` one after the other; none: the empty text
    choice,      // the first of `parts` that lets the whole match
    repeat,      // parts[0], at least `low` and at most `high` times
  };
  enum Taste { greedy, lazy, possessive };

  Kind kind = sequence;
  CodePoints set{};
  bool or_end = false;
  std::vector<Node> parts{};
  std::uint32_t low = 0, high = 0;
  Taste taste = greedy;
};

constexpr std::uint32_t unlimited = 0xFFFFFFFF;

Node parse_pattern(std::string_view pattern, Dialect dialect);

}  // namespace polyvocab
