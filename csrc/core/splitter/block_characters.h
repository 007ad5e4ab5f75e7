// The characters that begin in a block of 64 bytes: where, and of which kinds they are.
//
// Expects: valid UTF-8.
// Does not: look at blocks of ASCII, where characters are bytes.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/splitter/character_kinds.h"

namespace polyvocab {

struct BlockCharacters {
  std::uint64_t leads;  // bytes of the block that begin one
  std::size_t count;
  // Of the first `count`: where they are in the block. Of the one before them, of them, and of the one behind: their kinds.
  // What lies behind those are kinds too, of whatever.
  alignas(64) std::array<std::uint8_t, 64> places;
  alignas(64) std::array<std::uint8_t, 128> kinds{};

  // How many begin before a byte of the block.
  std::size_t count_before(unsigned byte) const {
    return static_cast<std::size_t>(std::popcount(leads & ((std::uint64_t{1} << byte) - 1)));
  }

  // Reads the 64 bytes from `from`; what is beyond the text is of no kind. Returns false, and tells nothing, where these are
  // ASCII, and what is next to them is.
  bool read(const CharacterKinds& kind_of, std::string_view text, std::size_t from);
};

// Reads the 64 bytes of a block, and what belongs to its last character; all but the first and the last kind.
using ReadCharacters = void(const CharacterKinds& kind_of, const unsigned char* block, BlockCharacters& out);

// One kernel per instruction set, with equal results; null where the machine has no such instructions.
ReadCharacters* generic_characters();
ReadCharacters* avx512_characters();

// The character whose UTF-8 begins at a place, where four bytes may be read, without a jump. Where none begins: whatever.
// Always inline: of a function that several instruction sets share, the linker would keep any.
[[gnu::always_inline]] inline char32_t code_at(const unsigned char* at) {
  struct Form {
    std::uint32_t mask, shift;  // of the four bytes, those that belong to it
  };
  static constexpr auto forms = [] {
    std::array<Form, 16> all{};
    for (unsigned high = 0; high < 16; ++high) {
      all[high] = high < 0xC   ? Form{0x7F000000, 18}
                  : high < 0xE ? Form{0x1F3F0000, 12}
                  : high < 0xF ? Form{0x0F3F3F00, 6}
                               : Form{0x073F3F3F, 0};
    }
    return all;
  }();
  const std::uint32_t bytes = std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
  const auto [mask, shift] = forms[bytes >> 28];
  const std::uint32_t bits = bytes & mask;
  const std::uint32_t twelves = (bits & 0x003F003F) | (bits >> 2 & 0x1FC00FC0);
  return (twelves >> 16 << 12 | (twelves & 0xFFF)) >> shift;
}

}  // namespace polyvocab
