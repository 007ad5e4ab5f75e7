#include "core/splitter/block_characters.h"

#include <algorithm>
#include <cstring>

namespace polyvocab {

namespace {

std::uint64_t eight(const unsigned char* at) {
  std::uint64_t bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

bool is_ascii(const unsigned char* block) {
  std::uint64_t all = block[-1] | block[64];
  for (unsigned i = 0; i < 64; i += 8) all |= eight(block + i);
  return (all & 0x8080808080808080) == 0;
}

std::uint64_t leads_of(const unsigned char* block) {
  std::uint64_t leads = 0;
  for (unsigned i = 0; i < 64; i += 8) {
    const std::uint64_t bytes = eight(block + i);
    const std::uint64_t begins = ~(bytes >> 7 & ~(bytes >> 6)) & 0x0101010101010101;  // a bit for each byte
    leads |= (begins * 0x0102040810204080 >> 56) << i;                               // the eight side by side
  }
  return leads;
}

void read_characters(const CharacterKinds& kind_of, const unsigned char* block, BlockCharacters& out) {
  out.leads = leads_of(block);
  out.count = 0;
  for (std::uint64_t left = out.leads; left != 0; left &= left - 1) {
    const auto place = static_cast<std::uint8_t>(std::countr_zero(left));
    out.places[out.count++] = place;
    out.kinds[out.count] = kind_of[code_at(block + place)];
  }
}

std::size_t is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Where the last character before the block begins, and the first one behind it: no jumps, nobody could guess them.
std::size_t bytes_back(const unsigned char* block) {
  const std::size_t one = is_continuation(block[-1]), two = one & is_continuation(block[-2]);
  return 1 + one + two + (two & is_continuation(block[-3]));
}
std::size_t bytes_on(const unsigned char* block) {
  const std::size_t one = is_continuation(block[64]), two = one & is_continuation(block[65]);
  return 64 + one + two + (two & is_continuation(block[66]));
}

}  // namespace

ReadCharacters* generic_characters() { return read_characters; }

bool BlockCharacters::read(const CharacterKinds& kind_of, std::string_view text, std::size_t from) {
  static ReadCharacters* const kernel = avx512_characters() != nullptr ? avx512_characters() : generic_characters();
  constexpr std::size_t before = 4, behind = 8;  // bytes around a block that are looked at
  constexpr unsigned char beyond = 0xFF;         // no text has this byte
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* block = bytes + from;
  std::array<unsigned char, before + 64 + behind> copied;
  if (from < before || from + 64 + behind > text.size()) {
    const std::size_t first = from - std::min(from, before), last = std::min(text.size(), from + 64 + behind);
    unsigned char* const begin = copied.data() + before - (from - first);
    unsigned char* const end = begin + (last - first);
    block = copied.data() + before;
    copied.fill(0);
    std::memcpy(begin, bytes + first, last - first);
    if (is_ascii(block)) return false;
    std::fill(copied.data(), begin, beyond);
    std::fill(end, copied.data() + copied.size(), beyond);
  } else if (is_ascii(block)) {
    return false;
  }
  kernel(kind_of, block, *this);
  kinds[0] = kind_of[code_at(block - bytes_back(block))];
  kinds[count + 1] = kind_of[code_at(block + bytes_on(block))];
  return true;
}

}  // namespace polyvocab
