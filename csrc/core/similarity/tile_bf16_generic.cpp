// The bfloat16 tile in plain C++: for machines and tests that have no such instructions; slow.
#include "core/similarity/pack.h"
#include "core/similarity/tile.h"
#include "core/similarity/tile_ends.h"

namespace polyvocab {
namespace {

constexpr int rows = 4;
constexpr int cols = 16;

void multiply(const void* a_panel, const void* b_panel, std::int64_t dim, const float* thresholds, bool absolute,
              const Soon&, TileHits& hits) {
  const auto* const a = static_cast<const std::uint16_t*>(a_panel);
  const auto* const b = static_cast<const std::uint16_t*>(b_panel);
  float products[rows * cols] = {};
  for (std::int64_t pair = 0; pair < (dim + 1) / 2; ++pair) {
    for (int half = 0; half < 2; ++half) {
      for (int r = 0; r < rows; ++r) {
        const float value = from_bfloat16(a[(pair * rows + r) * 2 + half]);
        for (int c = 0; c < cols; ++c) products[r * cols + c] += value * from_bfloat16(b[(pair * cols + c) * 2 + half]);
      }
    }
  }
  end_tile<rows, cols>(products, thresholds, absolute, hits);
}

}  // namespace

const TileKernel* bf16_generic_tile() {
  static constexpr TileKernel kernel{"bf16", rows, cols, false, bfloat16_panel_bytes, pack_bfloat16<rows>,
                                     pack_bfloat16<cols>, multiply};
  return &kernel;
}

}  // namespace polyvocab
