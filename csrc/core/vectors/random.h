// Random numbers by counting: the n-th number of a stream is a function of the seed, the stream and n.
//
// Promises: the same numbers in whatever order, and by whatever thread, they are asked for; every bit usable.
// Does not: serve cryptography.
#pragma once

#include <cstdint>

namespace polyvocab {

// The finalizer of SplitMix64 (Steele, Lea and Flood 2014): a bijection under which neighbours share nothing.
inline std::uint64_t mix_bits(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

class CountedRandom {
 public:
  CountedRandom(std::uint64_t seed, std::uint64_t stream) : key_(mix_bits(mix_bits(seed + step) + stream * step)) {}

  std::uint64_t operator()(std::uint64_t n) const { return mix_bits(key_ + n * step); }

  // A stream of its own for each n.
  CountedRandom at(std::uint64_t n) const { return CountedRandom((*this)(n)); }

 private:
  static constexpr std::uint64_t step = 0x9E3779B97F4A7C15u;  // odd: n -> n * step repeats only after 2^64
  explicit CountedRandom(std::uint64_t key) : key_(key) {}
  std::uint64_t key_;
};

// A number below `size`, from 32 random bits.
inline std::uint32_t below(std::uint32_t bits, std::uint32_t size) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(bits) * size >> 32);
}

}  // namespace polyvocab
