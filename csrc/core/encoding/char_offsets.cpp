#include "core/encoding/char_offsets.h"

#include <bit>
#include <cstring>

namespace polyvocab {
namespace {

// A word is eight bytes of the document, the first one lowest.
static_assert(std::endian::native == std::endian::little);
constexpr std::uint64_t high_bits = 0x8080808080808080;
constexpr std::size_t word_bytes = 8;

// What is missing at the end of the document reads as zero.
std::uint64_t load_word(std::string_view document, std::size_t at) {
  std::uint64_t word = 0;
  if (at + word_bytes <= document.size()) {
    std::memcpy(&word, document.data() + at, word_bytes);
  } else {
    std::memcpy(&word, document.data() + at, document.size() - at);
  }
  return word;
}

bool is_ascii(std::string_view document) {
  std::uint64_t any = 0;
  std::size_t at = 0;
  for (; at + 8 * word_bytes <= document.size() && any == 0; at += 8 * word_bytes) {
    for (std::size_t i = 0; i < 8; ++i) any |= load_word(document, at + i * word_bytes) & high_bits;
  }
  for (; at < document.size(); at += word_bytes) any |= load_word(document, at) & high_bits;
  return any == 0;
}

// The high bit of each byte that begins a character, that is, is not of the form 10xxxxxx.
std::uint64_t starts_of(std::uint64_t word) { return (~word | word << 1) & high_bits; }

// The number of high bits that are set: the product sums them up in its top byte.
std::uint32_t count_high_bits(std::uint64_t bits) {
  return static_cast<std::uint32_t>((bits >> 7) * 0x0101010101010101 >> 56);
}

}  // namespace

CharOffsets::CharOffsets(std::string_view document) : document_(document) {
  if (is_ascii(document)) return;
  preceding_.reserve(document.size() / word_bytes + 1);
  std::uint32_t preceding = 0;
  for (std::size_t at = 0; at < document.size(); at += word_bytes) {
    preceding_.push_back(preceding);
    preceding += count_high_bits(starts_of(load_word(document, at)));
  }
}

std::uint32_t CharOffsets::character_at(std::uint32_t byte) const {
  if (preceding_.empty()) return byte;
  const std::size_t word = byte / word_bytes;
  const std::uint64_t up_to = ~std::uint64_t{0} >> (8 * (word_bytes - 1 - byte % word_bytes));
  return preceding_[word] + count_high_bits(starts_of(load_word(document_, word * word_bytes)) & up_to) - 1;
}

Span CharOffsets::convert(Span bytes) const {
  if (bytes.begin >= document_.size()) return bytes;
  const std::uint32_t begin = character_at(bytes.begin);
  if (bytes.end < document_.size()) return {begin, character_at(bytes.end)};
  if (bytes.end == document_.size()) return {begin, character_at(bytes.end - 1) + 1};
  return {begin, begin + 2};
}

void CharOffsets::convert(std::span<Span> spans) const {
  for (Span& span : spans) span = convert(span);
}

}  // namespace polyvocab
