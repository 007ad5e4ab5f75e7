// The tile in plain C++: what the others must equal. std::fma is exact everywhere, and slow without an FMA unit.
#include "core/similarity/pack.h"
#include "core/similarity/tile.h"
#include "core/similarity/tile_ends.h"

#include <cmath>

namespace polyvocab {
namespace {

constexpr int rows = 4;
constexpr int cols = 16;

void multiply(const void* a_panel, const void* b_panel, std::int64_t dim, const float* thresholds, bool absolute,
              const Soon&, TileHits& hits) {
  const auto* const a = static_cast<const float*>(a_panel);
  const auto* const b = static_cast<const float*>(b_panel);
  float products[rows * cols] = {};
  for (std::int64_t k = 0; k < dim; ++k) {
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < cols; ++c) {
        products[r * cols + c] = std::fma(a[k * rows + r], b[k * cols + c], products[r * cols + c]);
      }
    }
  }
  end_tile<rows, cols>(products, thresholds, absolute, hits);
}

}  // namespace

const TileKernel* generic_tile() {
  static constexpr TileKernel kernel{"generic", rows, cols, true, float_panel_bytes, pack_floats<rows>, pack_floats<cols>,
                                     multiply};
  return &kernel;
}

}  // namespace polyvocab
