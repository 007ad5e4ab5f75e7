// UTF-8 as characters of one width, as Python and others keep text: the narrowest width that holds all of them; and back.
//
// Expects: valid UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
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

// The other way: writes UTF-8 and returns how many bytes it takes, or nothing where a surrogate is no character. There must be
// room for `most_bytes` bytes.
constexpr std::size_t most_bytes(std::size_t characters, std::size_t width) {
  return characters * (width == 1 ? 2 : width == 2 ? 3 : 4) + 64;
}
std::optional<std::size_t> narrow(std::span<const std::uint8_t> characters, char* out);
std::optional<std::size_t> narrow(std::span<const std::uint16_t> characters, char* out);
std::optional<std::size_t> narrow(std::span<const std::uint32_t> characters, char* out);

}  // namespace polyvocab::utf8
