// How a tile of plain C++ ends: its products without their signs where that is wanted, and which exceed their thresholds.
#pragma once

#include <cmath>

#include "core/similarity/tile.h"

namespace polyvocab {

// products: rows x cols, row-major.
template <int rows, int cols>
void end_tile(const float* products, const float* thresholds, bool absolute, TileHits& hits) {
  hits.count = 0;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < cols; ++c) {
      const float z = absolute ? std::fabs(products[r * cols + c]) : products[r * cols + c];
      hits.rows[hits.count] = r;
      hits.columns[hits.count] = c;
      hits.values[hits.count] = z;
      hits.count += z > thresholds[r] ? 1 : 0;
    }
  }
}

}  // namespace polyvocab
