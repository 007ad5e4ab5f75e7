// UTF-8 as characters of one width, as Python and others keep text: the narrowest width that holds all of them.
//
// Expects: valid UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace polyvocab::utf8 {

enum class Width : std::uint8_t { ascii, latin1, ucs2, ucs4 };

struct Measure {
  std::size_t characters;
  Width width;
  friend bool operator==(const Measure&, const Measure&) = default;
};

Measure measure(std::string_view text);

// Writes as many characters as `measure` counts, each of at least its width. ASCII is its own Latin-1.
void widen(std::string_view text, std::uint8_t* characters);
void widen(std::string_view text, std::uint16_t* characters);
void widen(std::string_view text, std::uint32_t* characters);

}  // namespace polyvocab::utf8
