// GPT-2's alphabet: 256 printable characters that stand for the 256 bytes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/string_block.h"
#include "core/unicode/utf8.h"

namespace polyvocab::byte_alphabet {

constexpr unsigned none = 256;

// Printable bytes of Latin-1 stand for themselves; the other 68, in order, are the characters from U+0100.
inline constexpr auto bytes = [] {
  std::array<std::uint16_t, 0x100 + 68> table{};
  unsigned next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable = (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
    if (!printable) table[byte] = none;
    table[printable ? byte : next++] = static_cast<std::uint16_t>(byte);
  }
  return table;
}();

// The byte that a character stands for; `none` where it stands for none.
constexpr unsigned byte_of(char32_t code) { return code < bytes.size() ? bytes[code] : none; }

// Appends the bytes that a token spells; false, with nothing appended, where a character stands for no byte.
inline bool append(std::string_view token, std::string& out) {
  const std::size_t before = out.size();
  for (std::size_t at = 0; at < token.size();) {
    const auto [code, size] = utf8::decode(token.data() + at);
    const unsigned byte = byte_of(code);
    if (byte == none) {
      out.resize(before);
      return false;
    }
    out.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
    at += size;
  }
  return true;
}

// Tokens in the alphabet as bytes; without those that are in no word.
struct Respelt {
  StringBlock strings;
  std::vector<TokenId> ids;

  Respelt(Strings tokens, std::span<const TokenId> all_ids) {
    if (all_ids.size() != tokens.count) throw std::invalid_argument("as many ids as tokens are needed");
    strings.bytes.reserve(tokens.bytes.size());
    for (std::size_t i = 0; i < tokens.count; ++i) {
      if (!append(tokens[i], strings.bytes)) continue;
      strings.end_string();
      ids.push_back(all_ids[i]);
    }
  }
};

}  // namespace polyvocab::byte_alphabet
