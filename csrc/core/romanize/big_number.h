// Natural numbers of any size, as their decimal digits.
//
// Promises: exact results, in time linear in the digits.
// Expects: at least one digit and nothing else; no zero first, but in "0".
// Does not do: the product or the sum of two large numbers.
#pragma once

#include <cstdint>
#include <string>

namespace polyvocab::romanize {

// digits *= factor; the factor is at most 10^18, so that a digit's product and a carry fit 64 bits.
void multiply(std::string& digits, std::uint64_t factor);

// digits += addend
void add(std::string& digits, std::uint64_t addend);

}  // namespace polyvocab::romanize
