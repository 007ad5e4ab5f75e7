// The symbols that the user of a SentencePiece model defined: they stand in the text as they are, come what may.
//
// Promises: the longest symbol that a text begins with, of the first 64 that match, as SentencePiece finds it.
// Immutable once built.
#pragma once

#include <array>

#include "core/models/double_array.h"

namespace polyvocab {

class UserSymbols {
 public:
  struct Match {
    std::uint32_t size = 0;  // 0: the text begins with no symbol
    std::uint32_t index = 0;  // in the strings that it was built from
  };

  explicit UserSymbols(const Strings& symbols) : trie_(symbols) {
    for (std::size_t i = 0; i < symbols.count; ++i) {
      if (!symbols[i].empty()) begins_[static_cast<unsigned char>(symbols[i][0])] = true;
    }
  }

  bool may_begin(char byte) const { return begins_[static_cast<unsigned char>(byte)]; }

  Match find(std::string_view text) const {
    constexpr int most_symbols = 64;
    Match longest;
    std::uint32_t children = trie_.root();
    int found = 0;
    for (std::uint32_t i = 0; i < text.size() && found < most_symbols; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      const DoubleArray::Unit unit = trie_.child(children, byte);
      if (!unit.is(byte)) break;
      children = unit.children;
      if (unit.key() == 0) continue;
      longest = {i + 1, unit.key() - 1};
      ++found;
    }
    return longest;
  }

 private:
  DoubleArray trie_;
  std::array<bool, 256> begins_{};
};

}  // namespace polyvocab
