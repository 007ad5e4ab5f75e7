// How rows lie in the panels of a tile.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/similarity/bfloat16.h"

namespace polyvocab {

// Dimension-major: panel[k * width + r].
template <int width>
void pack_floats(const float* rows, std::int64_t count, std::int64_t dim, void* panel) {
  auto* const out = static_cast<float*>(panel);
  for (std::int64_t k = 0; k < dim; ++k) {
    for (int r = 0; r < width; ++r) out[k * width + r] = r < count ? rows[r * dim + k] : 0.0F;
  }
}

inline std::int64_t float_panel_bytes(int width, std::int64_t dim) {
  return width * dim * static_cast<std::int64_t>(sizeof(float));
}

// bfloat16 numbers in pairs of dimensions: panel[(pair * width + r) * 2 + half]. A missing last half is zero.
template <int width>
void pack_pairs(const float* rows, std::int64_t count, std::int64_t dim, std::int64_t pairs, std::uint16_t* out) {
  std::memset(out, 0, static_cast<std::size_t>(pairs * width) * 2 * sizeof(std::uint16_t));
  for (std::int64_t r = 0; r < count; ++r) {
    for (std::int64_t k = 0; k < dim; ++k) out[(k / 2 * width + r) * 2 + k % 2] = to_bfloat16(rows[r * dim + k]);
  }
}

template <int width>
void pack_bfloat16(const float* rows, std::int64_t count, std::int64_t dim, void* panel) {
  pack_pairs<width>(rows, count, dim, (dim + 1) / 2, static_cast<std::uint16_t*>(panel));
}

inline std::int64_t bfloat16_panel_bytes(int width, std::int64_t dim) {
  return (dim + 1) / 2 * 2 * width * static_cast<std::int64_t>(sizeof(std::uint16_t));
}

}  // namespace polyvocab
