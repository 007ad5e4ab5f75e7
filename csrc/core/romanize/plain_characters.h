// Characters whose romanization depends on nothing but, at most, the next character: what most scripts are made of.
//
// Promises: a text of such characters alone is romanized as the lattice would do it, character by character.
// Does not: know what to do with any other character; `append` says that it met one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/romanize/table.h"

namespace polyvocab::romanize {

class PlainCharacters {
 public:
  // `language_bit` as in Rule::languages. `mark` as in Romanizer.
  PlainCharacters(const Table& table, std::uint32_t language_bit, std::string_view mark);

  // Appends the romanization of a text; false, with nothing appended, where a character of it is not plain.
  bool append(std::string_view text, std::string& out) const;

 private:
  // What a character becomes.
  struct Entry {
    static constexpr std::uint8_t itself = 0xFE, not_plain = 0xFF;
    static constexpr std::size_t most_bytes = 14;
    std::uint8_t size;
    std::uint8_t looks_ahead;  // it is plain only where no rule goes on with the next character
    char bytes[most_bytes];
  };

  Entry entry(char32_t c, std::uint32_t language_bit, std::string_view mark) const;
  bool holds_below(NodeId node, std::uint32_t language_bit) const;

  const Table& table_;
  std::vector<std::uint16_t> pages_;  // by code point / 256
  std::vector<Entry> blocks_;
};

}  // namespace polyvocab::romanize
