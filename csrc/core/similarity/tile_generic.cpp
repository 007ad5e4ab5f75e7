// The tile in plain C++: what the others must equal. std::fma is exact everywhere, and slow without an FMA unit.
#include "core/similarity/tile.h"

#include <cmath>

namespace polyvocab {
namespace {

constexpr int rows = 4;
constexpr int cols = 16;

void multiply(const float* a, const float* b, std::int64_t dim, const float* thresholds, float* out,
              std::uint32_t* above) {
  for (int i = 0; i < rows * cols; ++i) out[i] = 0.0F;
  for (std::int64_t k = 0; k < dim; ++k) {
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < cols; ++c) {
        out[r * cols + c] = std::fma(a[k * rows + r], b[k * cols + c], out[r * cols + c]);
      }
    }
  }
  for (int r = 0; r < rows; ++r) {
    above[r] = 0;
    for (int c = 0; c < cols; ++c) above[r] |= static_cast<std::uint32_t>(out[r * cols + c] > thresholds[r]) << c;
  }
}

}  // namespace

const TileKernel* generic_tile() {
  static constexpr TileKernel kernel{"generic", rows, cols, multiply};
  return &kernel;
}

}  // namespace polyvocab
