// Characters by what a pattern tells apart: the kind of each code point.
#pragma once

#include <cstdint>
#include <vector>

#include "core/splitter/automaton.h"
#include "core/splitter/windows.h"

namespace polyvocab {

class CharacterKinds {
 public:
  CharacterKinds(const Automaton& automaton, const Windows& windows)
      : basic_(kinds_of(automaton.basic, windows)),
        blocks_(automaton.blocks),
        supplementary_(kinds_of(automaton.supplementary, windows)) {}

  // Of numbers that are no code points, too. Always inline, as what several instruction sets share has to be.
  [[gnu::always_inline]] std::uint8_t operator[](char32_t code) const {
    if (code < 0x10000) [[likely]] return basic_.data()[code];
    if (code > CodePoints::last) return WindowKinds::none;
    return supplementary_.data()[blocks_.data()[(code - 0x10000) >> 8] * 256U + (code & 0xFF)];
  }

  // The kinds of 64 characters: those whose UTF-8 differs in the last byte alone from that of `code`, which is below U+10000.
  [[gnu::always_inline]] const std::uint8_t* page(char32_t code) const { return basic_.data() + code / 64 * 64; }

 private:
  std::vector<std::uint8_t> basic_;          // [65536]
  std::vector<std::uint16_t> blocks_;        // as those of the automaton
  std::vector<std::uint8_t> supplementary_;  // [blocks, 256]

  static std::vector<std::uint8_t> kinds_of(const std::vector<Automaton::Class>& classes, const Windows& windows) {
    std::vector<std::uint8_t> kinds;
    kinds.reserve(classes.size());
    for (const Automaton::Class of : classes) kinds.push_back(windows.kind_of(of));
    return kinds;
  }
};

}  // namespace polyvocab
