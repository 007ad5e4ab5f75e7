// The step kernel over Lanes: one text, compiled once for each instruction set.
//
// Expects: to be included only by the files of the step kernels, after the compiler was told which instructions it may use.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "core/vectors/lanes.h"
#include "core/vectors/step.h"

namespace polyvocab {
namespace {

constexpr std::size_t tile = 16;  // targets that are scored together

void sum_rows(const float* rows, const std::uint32_t* index, std::size_t count, float scale, std::size_t width, float* out) {
  constexpr std::size_t step = 4 * step_lanes;
  const Lanes factor = Lanes::all(scale);
  std::size_t d = 0;
  for (; d + step <= width; d += step) {
    Lanes sum[4] = {Lanes::zero(), Lanes::zero(), Lanes::zero(), Lanes::zero()};
    for (std::size_t k = 0; k < count; ++k) {
      const float* row = rows + index[k] * width + d;
      for (std::size_t j = 0; j < 4; ++j) sum[j] = sum[j] + Lanes::load(row + j * step_lanes);
    }
    for (std::size_t j = 0; j < 4; ++j) (sum[j] * factor).store(out + d + j * step_lanes);
  }
  for (; d < width; d += step_lanes) {
    Lanes sum = Lanes::zero();
    for (std::size_t k = 0; k < count; ++k) sum = sum + Lanes::load(rows + index[k] * width + d);
    (sum * factor).store(out + d);
  }
}

void move_row(const float* rows, const std::uint32_t* index, const float* weights, std::size_t count, float scale,
              std::size_t width, float* row) {
  constexpr std::size_t step = 4 * step_lanes;
  const Lanes factor = Lanes::all(scale);
  std::size_t d = 0;
  for (; d + step <= width; d += step) {
    Lanes sum[4] = {Lanes::zero(), Lanes::zero(), Lanes::zero(), Lanes::zero()};
    for (std::size_t k = 0; k < count; ++k) {
      const Lanes weight = Lanes::all(weights[k]);
      const float* other = rows + index[k] * width + d;
      for (std::size_t j = 0; j < 4; ++j) sum[j] = weight.times_plus(Lanes::load(other + j * step_lanes), sum[j]);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      float* const at = row + d + j * step_lanes;
      factor.times_plus(sum[j], Lanes::load(at)).store(at);
    }
  }
  for (; d < width; d += step_lanes) {
    Lanes sum = Lanes::zero();
    for (std::size_t k = 0; k < count; ++k) {
      sum = Lanes::all(weights[k]).times_plus(Lanes::load(rows + index[k] * width + d), sum);
    }
    factor.times_plus(sum, Lanes::load(row + d)).store(row + d);
  }
}

float square(const float* row, std::size_t width) {
  Lanes sum = Lanes::zero();
  for (std::size_t d = 0; d < width; d += step_lanes) sum = Lanes::load(row + d).times_plus(Lanes::load(row + d), sum);
  return sum.sum();
}

// exp by the nearest power of two and a polynomial for the rest, to about one unit in the last place. |x| <= 80.
inline float exp_of(float x) {
  constexpr float shift = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer, which stands in the low bits
  const float shifted = std::fma(x, 1.44269504F, shift);
  const float n = shifted - shift;
  const float r = std::fma(n, -1.42860677e-6F, std::fma(n, -0.693145752F, x));
  float p = 1.0F / 720.0F;
  p = std::fma(p, r, 1.0F / 120.0F);
  p = std::fma(p, r, 1.0F / 24.0F);
  p = std::fma(p, r, 1.0F / 6.0F);
  p = std::fma(p, r, 0.5F);
  p = std::fma(p, r, 1.0F);
  p = std::fma(p, r, 1.0F);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(p) + (std::bit_cast<std::uint32_t>(shifted) << 23));
}

// hidden . row and |row|^2 of each target.
void dots(const float* hidden, const float* rows, const std::uint32_t* targets, std::size_t count, std::size_t width,
          float* logits, float* squares) {
  constexpr std::size_t side_by_side = 4;
  for (std::size_t t = 0; t < count; t += side_by_side) {
    const float* row[side_by_side];
    for (std::size_t j = 0; j < side_by_side; ++j) {
      const std::size_t target = t + j < count ? t + j : count - 1;  // the last one again, for nothing
      row[j] = rows + (targets[target] & ~positive_target) * width;
    }
    Lanes dot[side_by_side] = {Lanes::zero(), Lanes::zero(), Lanes::zero(), Lanes::zero()};
    Lanes own[side_by_side] = {Lanes::zero(), Lanes::zero(), Lanes::zero(), Lanes::zero()};
    for (std::size_t d = 0; d < width; d += step_lanes) {
      const Lanes h = Lanes::load(hidden + d);
      for (std::size_t j = 0; j < side_by_side; ++j) {
        const Lanes value = Lanes::load(row[j] + d);
        dot[j] = h.times_plus(value, dot[j]);
        own[j] = value.times_plus(value, own[j]);
      }
    }
    for (std::size_t j = 0; j < side_by_side; ++j) {
      logits[t + j] = dot[j].sum();
      squares[t + j] = own[j].sum();
    }
  }
}

// back += the sum of slopes[t] * row_t, for one to `tile` targets.
void pull(const float* rows, const std::uint32_t* targets, const float* slopes, std::size_t count, std::size_t width,
          float* back) {
  constexpr std::size_t step = 4 * step_lanes;
  const float* row[tile];
  for (std::size_t t = 0; t < count; ++t) row[t] = rows + (targets[t] & ~positive_target) * width;
  std::size_t d = 0;
  for (; d + step <= width; d += step) {
    Lanes sum[4];
    for (std::size_t j = 0; j < 4; ++j) sum[j] = Lanes::load(back + d + j * step_lanes);
    for (std::size_t t = 0; t < count; ++t) {
      const Lanes slope = Lanes::all(slopes[t]);
      for (std::size_t j = 0; j < 4; ++j) sum[j] = slope.times_plus(Lanes::load(row[t] + d + j * step_lanes), sum[j]);
    }
    for (std::size_t j = 0; j < 4; ++j) sum[j].store(back + d + j * step_lanes);
  }
  for (; d < width; d += step_lanes) {
    Lanes sum = Lanes::load(back + d);
    for (std::size_t t = 0; t < count; ++t) sum = Lanes::all(slopes[t]).times_plus(Lanes::load(row[t] + d), sum);
    sum.store(back + d);
  }
}

float score(const float* hidden, const float* rows, const std::uint32_t* targets, std::size_t count, float alpha,
            std::size_t width, float* logits, float* slopes, float* bends, float* back) {
  for (std::size_t d = 0; d < width; d += step_lanes) Lanes::zero().store(back + d);
  float bend_sum = 0.0F;
  for (std::size_t first = 0; first < count; first += tile) {
    const std::size_t many = count - first < tile ? count - first : tile;
    const std::uint32_t* const some = targets + first;
    float x[tile] = {};
    float squares[tile] = {};
    float answer[tile] = {};
    float slope[tile];
    float bend[tile];
    dots(hidden, rows, some, many, width, x, squares);
    for (std::size_t t = 0; t < many; ++t) answer[t] = static_cast<float>(some[t] >> 31);
    for (std::size_t t = 0; t < tile; ++t) {
      const float bounded = x[t] > 30.0F ? 30.0F : x[t] < -30.0F ? -30.0F : x[t];
      const float p = 1.0F / (1.0F + exp_of(-bounded));
      slope[t] = alpha * (answer[t] - p);
      bend[t] = alpha * p * (1.0F - p);
    }
    for (std::size_t t = 0; t < many; ++t) {
      logits[first + t] = x[t];
      slopes[first + t] = slope[t];
      bends[first + t] = bend[t];
      bend_sum = std::fma(bend[t], squares[t], bend_sum);
    }
    pull(rows, some, slope, many, width, back);
  }
  return bend_sum;
}

}  // namespace
}  // namespace polyvocab
