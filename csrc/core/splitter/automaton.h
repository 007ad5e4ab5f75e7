// A pattern as a deterministic automaton over classes of characters.
//
// The automaton over UTF-8 bytes is kept in two factors, because the product is large and cold: `class_of` leads from the
// bytes of a character to its class (all characters that no part of the pattern tells apart share one), `next` from a state
// and a class to the next state. Leftmost-first: of two ways to match, the one that a backtracking engine tries first wins,
// however short it is.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/splitter/pattern.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

struct Automaton {
  using State = std::uint32_t;  // where its row of `steps` begins
  using Class = std::uint8_t;

  // A step: the state after the class. `match_bit`: a match ends before the character that is read; it replaces a match that
  // was found earlier from the same start, since what is still alive has precedence over it.
  using Step = std::uint32_t;
  static constexpr Step match_bit = 0x80000000;
  static constexpr State dead = 0;

  std::size_t classes = 0;  // with `end_class`, the last one: no character is left
  std::vector<Step> steps;  // [states, classes]

  State start() const { return static_cast<State>(classes); }
  Class end_class() const { return static_cast<Class>(classes - 1); }
  Step step(State state, Class of) const { return steps[state + of]; }
  static State state(Step step) { return step & ~match_bit; }

  // Calls visit(state) for all but the dead one.
  template <class Visit>
  void for_each_state(Visit&& visit) const {
    for (std::size_t state = start(); state < steps.size(); state += classes) visit(static_cast<State>(state));
  }

  // The class of a character: by its byte for ASCII, by its code point below U+10000, in blocks of 256 above.
  std::array<Class, 128> ascii{};
  std::vector<Class> basic;                   // [65536]
  std::vector<std::uint16_t> blocks;          // [4096] -> block of `supplementary`
  std::vector<Class> supplementary;           // [blocks, 256]

  Class class_of(char32_t code) const {
    if (code < 0x10000) return basic[code];
    return supplementary[blocks[(code - 0x10000) >> 8] * 256u + (code & 0xFF)];
  }

  struct Character {
    Class of;
    std::uint32_t size;
  };
  Character read(const char* at) const {
    if (const auto byte = static_cast<unsigned char>(*at); byte < 0x80) return {ascii[byte], 1};
    const auto [code, size] = utf8::decode(at);
    return {class_of(code), size};
  }
};

// Throws std::invalid_argument where the pattern matches the empty text, or needs more than a few thousand states or too
// many steps to find them.
Automaton compile(const Node& pattern);

// For each state, by its row: a match will be found (or extended), whatever follows. Of an automaton with many more states than
// published patterns have, which are a hundred, it is said of none.
std::vector<bool> certain_states(const Automaton& automaton);

}  // namespace polyvocab
