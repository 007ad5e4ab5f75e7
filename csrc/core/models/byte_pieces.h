// The pieces <0x00> to <0xFF>, which stand for bytes that no other piece covers.
#pragma once

#include <array>

#include "core/models/double_array.h"

namespace polyvocab {

// The key of each byte's piece, or 0.
using BytePieces = std::array<std::uint32_t, 256>;

inline BytePieces byte_pieces(const DoubleArray& trie) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  BytePieces keys{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const char piece[] = {'<', '0', 'x', digits[byte / 16], digits[byte % 16], '>'};
    keys[byte] = trie.find({piece, sizeof piece}).key();
  }
  return keys;
}

}  // namespace polyvocab
