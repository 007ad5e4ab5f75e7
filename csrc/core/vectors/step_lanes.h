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

// Calls body.operator()<n>(d) for runs of n registers that begin at dimension d: fours, and what is left.
template <class Body>
void by_lanes(std::size_t width, Body&& body) {
  std::size_t d = 0;
  for (; d + 4 * step_lanes <= width; d += 4 * step_lanes) body.template operator()<4>(d);
  switch ((width - d) / step_lanes) {
    case 3: return body.template operator()<3>(d);
    case 2: return body.template operator()<2>(d);
    case 1: return body.template operator()<1>(d);
    default: return;
  }
}

void sum_rows(const float* rows, const std::uint32_t* index, std::size_t count, float scale, RowPart part, float* out) {
  const Lanes factor = Lanes::all(scale);
  by_lanes(part.width, [&]<std::size_t n>(std::size_t d) {
    Lanes sum[n];
    for (Lanes& lanes : sum) lanes = Lanes::zero();
    for (std::size_t k = 0; k < count; ++k) {
      const float* row = rows + index[k] * part.stride + d;
      for (std::size_t j = 0; j < n; ++j) sum[j] = sum[j] + Lanes::load(row + j * step_lanes);
    }
    for (std::size_t j = 0; j < n; ++j) (sum[j] * factor).store(out + d + j * step_lanes);
  });
}

// sum = the sum of weights[k] * (the row of index[k], of which `mask` cuts off a mark).
template <std::size_t n>
void weighted(const float* rows, const std::uint32_t* index, std::uint32_t mask, const float* weights, std::size_t count,
              std::size_t stride, Lanes (&sum)[n]) {
  for (Lanes& lanes : sum) lanes = Lanes::zero();
  for (std::size_t k = 0; k < count; ++k) {
    const Lanes weight = Lanes::all(weights[k]);
    const float* row = rows + (index[k] & mask) * stride;
    for (std::size_t j = 0; j < n; ++j) sum[j] = weight.times_plus(Lanes::load(row + j * step_lanes), sum[j]);
  }
}

void move_row(const float* rows, const std::uint32_t* index, const float* weights, std::size_t count, float scale,
              RowPart part, float* row) {
  const Lanes factor = Lanes::all(scale);
  by_lanes(part.width, [&]<std::size_t n>(std::size_t d) {
    Lanes sum[n];
    weighted(rows + d, index, ~0U, weights, count, part.stride, sum);
    for (std::size_t j = 0; j < n; ++j) {
      float* const at = row + d + j * step_lanes;
      factor.times_plus(sum[j], Lanes::load(at)).store(at);
    }
  });
}

void pull(const float* rows, const std::uint32_t* targets, const float* slopes, std::size_t count, RowPart part,
          float* back) {
  by_lanes(part.width, [&]<std::size_t n>(std::size_t d) {
    Lanes sum[n];
    weighted(rows + d, targets, ~positive_target, slopes, count, part.stride, sum);
    for (std::size_t j = 0; j < n; ++j) sum[j].store(back + d + j * step_lanes);
  });
}

void dots(const float* hidden, const float* rows, const std::uint32_t* targets, std::size_t count, RowPart part,
          float* products, float* squares) {
  constexpr std::size_t side_by_side = 4;
  for (std::size_t t = 0; t < count; t += side_by_side) {
    const std::size_t many = count - t < side_by_side ? count - t : side_by_side;
    const float* row[side_by_side];
    for (std::size_t j = 0; j < side_by_side; ++j) {
      const std::size_t target = j < many ? t + j : t;  // what is too many is not stored
      row[j] = rows + (targets[target] & ~positive_target) * part.stride;
    }
    Lanes dot[side_by_side] = {Lanes::zero(), Lanes::zero(), Lanes::zero(), Lanes::zero()};
    Lanes own[side_by_side] = {Lanes::zero(), Lanes::zero(), Lanes::zero(), Lanes::zero()};
    for (std::size_t d = 0; d < part.width; d += step_lanes) {
      const Lanes h = Lanes::load(hidden + d);
      for (std::size_t j = 0; j < side_by_side; ++j) {
        const Lanes value = Lanes::load(row[j] + d);
        dot[j] = h.times_plus(value, dot[j]);
        own[j] = value.times_plus(value, own[j]);
      }
    }
    for (std::size_t j = 0; j < many; ++j) {
      products[t + j] = dot[j].sum();
      squares[t + j] = own[j].sum();
    }
  }
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

void answer(const float* logits, const std::uint32_t* targets, std::size_t count, float alpha, float* slopes,
            float* bends) {
  for (std::size_t t = 0; t < count; ++t) {
    const float bounded = logits[t] > 30.0F ? 30.0F : logits[t] < -30.0F ? -30.0F : logits[t];
    const float p = 1.0F / (1.0F + exp_of(-bounded));
    slopes[t] = alpha * (static_cast<float>(targets[t] >> 31) - p);
    bends[t] = alpha * p * (1.0F - p);
  }
}

}  // namespace
}  // namespace polyvocab
