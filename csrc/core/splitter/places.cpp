#include "core/splitter/places.h"

#include <bit>

namespace polyvocab {

namespace {

// Eight at once: how many there are is not foreseeable, so that a jump behind each would be guessed wrong.
std::size_t write_places(std::uint64_t bits, std::uint32_t first, std::uint32_t* out) {
  const auto count = static_cast<std::size_t>(std::popcount(bits));
  for (std::size_t written = 0; written < count; written += 8) {
    for (std::size_t i = written; i < written + 8; ++i) {
      out[i] = first + static_cast<std::uint32_t>(std::countr_zero(bits));
      bits &= bits - 1;
    }
  }
  return count;
}

}  // namespace

WritePlaces* generic_places() { return write_places; }

WritePlaces* quickest_places() { return avx512_places() != nullptr ? avx512_places() : write_places; }

}  // namespace polyvocab
