// The tile in plain C++: what the others must equal. std::fma is exact everywhere, and slow without an FMA unit.
#include "core/similarity/tile.h"

#include <cmath>

namespace polyvocab {
namespace {

constexpr int rows = 4;
constexpr int cols = 16;

void multiply(const float* a, const float* b, std::int64_t dim, float* out) {
  for (int i = 0; i < rows * cols; ++i) out[i] = 0.0F;
  for (std::int64_t k = 0; k < dim; ++k) {
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < cols; ++c) {
        out[r * cols + c] = std::fma(a[k * rows + r], b[k * cols + c], out[r * cols + c]);
      }
    }
  }
}

int above(const float* z, int n, float threshold, std::int32_t* positions) {
  int found = 0;
  for (int p = 0; p < n; ++p) {
    if (z[p] > threshold) positions[found++] = p;
  }
  return found;
}

}  // namespace

const TileKernel* generic_tile() {
  static constexpr TileKernel kernel{"generic", rows, cols, multiply, above};
  return &kernel;
}

}  // namespace polyvocab
