// The bytes 0 to 63, of which a mask of 64 bits chooses.
#pragma once

#include <array>
#include <cstdint>

namespace polyvocab {

alignas(64) inline constexpr auto counted_bytes = [] {
  std::array<std::uint8_t, 64> all{};
  for (std::uint8_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}();

}  // namespace polyvocab
