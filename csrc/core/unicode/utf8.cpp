#include "core/unicode/utf8.h"

#include <cstring>

namespace polyvocab::utf8 {
namespace {

std::uint64_t eight_bytes(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

struct Checked {
  std::size_t size;  // of the character, or of the maximal invalid part
  bool valid;
};

// Table 3-7 of the Unicode standard: only the second byte is ever more restricted than 80..BF.
inline Checked check(const char* at, std::size_t left) {
  const auto* p = reinterpret_cast<const unsigned char*>(at);
  const unsigned lead = p[0];
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (lead == 0xE0) low = 0xA0;   // overlong below
  if (lead == 0xED) high = 0x9F;  // surrogates above
  if (lead == 0xF0) low = 0x90;   // overlong below
  if (lead == 0xF4) high = 0x8F;  // no code points above
  const std::size_t size = length(static_cast<unsigned char>(lead));
  if (left < 2 || p[1] < low || p[1] > high) return {1, false};
  for (std::size_t i = 2; i < size; ++i) {
    if (i == left || !is_continuation(at[i])) return {i, false};
  }
  return {size, true};
}

}  // namespace

std::size_t count(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  std::size_t total = 0;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    const std::uint64_t word = eight_bytes(text.data() + i);
    const std::uint64_t begins = (~(word >> 7) | word >> 6) & ones;  // one bit for each byte that is no continuation
    total += begins * ones >> 56;
  }
  for (; i < text.size(); ++i) total += is_continuation(text[i]) ? 0 : 1;
  return total;
}

std::size_t first_invalid(std::string_view bytes) {
  constexpr std::uint64_t not_ascii = 0x8080808080808080;
  for (std::size_t i = 0; i < bytes.size();) {
    if (i + 8 <= bytes.size() && (eight_bytes(bytes.data() + i) & not_ascii) == 0) {
      i += 8;
      continue;
    }
    // Stay with single characters for about a word, so that mixed text does not test every byte twice.
    const std::size_t next = i + 8;
    while (i < bytes.size() && i < next) {
      const Checked checked = check(bytes.data() + i, bytes.size() - i);
      if (!checked.valid) return i;
      i += checked.size;
    }
  }
  return std::string_view::npos;
}

std::string lossy(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (true) {
    const std::size_t bad = first_invalid(bytes);
    out.append(bytes.substr(0, bad));
    if (bad == std::string_view::npos) return out;
    out.append("\xEF\xBF\xBD");
    bytes.remove_prefix(bad + check(bytes.data() + bad, bytes.size() - bad).size);
  }
}

}  // namespace polyvocab::utf8
