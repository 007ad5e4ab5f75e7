// UTF-8, one code point at a time.
//
// Expects: valid UTF-8 wherever a function does not say that it checks. Text is checked once, where it enters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace polyvocab::utf8 {

struct Decoded {
  char32_t code;
  std::uint32_t size;  // bytes, 1 to 4
};

// The length of a character by its first byte.
inline std::uint32_t length(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4; }

inline bool is_ascii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

inline bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

inline Decoded decode(const char* at) {
  const auto* p = reinterpret_cast<const unsigned char*>(at);
  const char32_t lead = p[0];
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1F) << 6 | (p[1] & 0x3Fu), 2};
  if (lead < 0xF0) return {(lead & 0x0F) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu), 3};
  return {(lead & 0x07) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu), 4};
}

// The code point that ends before `end`.
inline Decoded decode_before(const char* end) {
  const char* at = end - 1;
  while (is_continuation(*at)) --at;
  return decode(at);
}

// The bytes of a code point.
struct Encoded {
  char bytes[4];
  std::uint32_t size;
  std::string_view view() const { return {bytes, size}; }
};

inline Encoded encode(char32_t code) {
  const auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  if (code < 0x80) return {{byte(code)}, 1};
  if (code < 0x800) return {{byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F))}, 2};
  if (code < 0x10000) return {{byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))}, 3};
  return {{byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)), byte(0x80 | (code >> 6 & 0x3F)),
           byte(0x80 | (code & 0x3F))},
          4};
}

inline void append(std::string& out, char32_t code) { out.append(encode(code).view()); }

// The number of code points.
std::size_t count(std::string_view text);

// The offset of the first byte that is no part of valid UTF-8 (surrogates and overlong forms are not), or npos.
std::size_t first_invalid(std::string_view bytes);

// Whether there is no such byte; quicker for long texts.
bool is_valid(std::string_view bytes);

// Bytes as text, each maximal invalid part replaced by U+FFFD (the Unicode standard's "maximal subparts", as Rust and Python
// do).
std::string lossy(std::string_view bytes);

}  // namespace polyvocab::utf8
