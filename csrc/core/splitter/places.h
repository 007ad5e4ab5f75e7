// Bits to numbers: the places that a mask tells of.
#pragma once

#include <cstddef>
#include <cstdint>

namespace polyvocab {

// Writes the numbers of the bits that are set, counted from `first`, and returns how many they are. What is behind them is
// written to as well, up to 64 numbers in all.
using WritePlaces = std::size_t(std::uint64_t bits, std::uint32_t first, std::uint32_t* out);

// One kernel per instruction set, with equal results; null where the machine has no such instructions.
WritePlaces* generic_places();
WritePlaces* avx512_places();
// The best one.
WritePlaces* quickest_places();

}  // namespace polyvocab
