// A quick hash of bytes for tables in memory. The same on every machine of one byte order; not against adversaries.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace polyvocab {

// The two halves of a 128-bit product, folded.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// A hash as a number below `size`; its high bits count.
inline std::size_t fold_into(std::uint64_t hash, std::size_t size) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>(static_cast<Wide>(hash) * size >> 64);
}

inline std::uint64_t hash_pair(std::uint64_t low, std::uint64_t high) {
  return fold(low ^ 0xA0761D6478BD642Fu, high ^ 0xE7037ED1A0B428DBu);
}

inline std::uint64_t hash_bytes(std::string_view bytes) {
  std::uint64_t hash = bytes.size() * 0x9E3779B97F4A7C15u;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t low, high;
  for (; left > 16; at += 16, left -= 16) {
    std::memcpy(&low, at, 8);
    std::memcpy(&high, at + 8, 8);
    hash = hash_pair(low ^ hash, high);
  }
  low = high = 0;
  if (left >= 8) {
    std::memcpy(&low, at, 8);
    std::memcpy(&high, at + left - 8, 8);
  } else {
    std::memcpy(&low, at, left);
  }
  return hash_pair(low ^ hash, high);
}

}  // namespace polyvocab
