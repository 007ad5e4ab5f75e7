#include "core/decoder/byte_tokens.h"

#include <charconv>

#include "core/models/byte_alphabet.h"

namespace polyvocab {

std::optional<char> fallback_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return {};
  const char* first = token.data() + 3;
  const char* end = token.data() + 5;
  if (*first == '+') ++first;
  unsigned byte = 0;
  const auto [stop, error] = std::from_chars(first, end, byte, 16);
  if (error != std::errc{} || stop != end) return {};
  return static_cast<char>(static_cast<unsigned char>(byte));
}

void append_byte_level(std::string_view token, std::string& out) {
  if (!byte_alphabet::append(token, out)) out.append(token);
}

}  // namespace polyvocab
