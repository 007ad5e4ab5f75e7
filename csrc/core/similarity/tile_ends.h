// How a tile of plain C++ ends: its products without their signs where that is wanted, and which exceed their thresholds.
#pragma once

#include <cmath>
#include <cstdint>

namespace polyvocab {

template <int rows, int cols>
void end_tile(const float* thresholds, bool absolute, float* out, std::uint32_t* above) {
  for (int i = 0; absolute && i < rows * cols; ++i) out[i] = std::fabs(out[i]);
  for (int r = 0; r < rows; ++r) {
    above[r] = 0;
    for (int c = 0; c < cols; ++c) above[r] |= static_cast<std::uint32_t>(out[r * cols + c] > thresholds[r]) << c;
  }
}

}  // namespace polyvocab
