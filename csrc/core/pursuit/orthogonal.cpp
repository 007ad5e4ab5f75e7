#include "core/pursuit/orthogonal.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "core/pursuit/product.h"
#include "core/wider.h"

namespace polyvocab {
namespace {

constexpr double dependent = 1e-4;  // of the atom's length: what is left of it is its rounding for the most part
constexpr double explained = 1e-5;  // of the target's length
constexpr std::int64_t lanes = 16;
using Floats = float __attribute__((vector_size(lanes * sizeof(float))));

// out[r] = rows[r] . b, side by side: one alone would wait for its sums, and for the memory.
template <int count>
inline void dots_at_once(const float* rows, const float* b, std::int64_t dim, float* out) {
  Floats sums[count] = {};
  std::int64_t k = 0;
  for (; k + lanes <= dim; k += lanes) {
    Floats y;
    std::memcpy(&y, b + k, sizeof(y));
    for (int r = 0; r < count; ++r) {
      Floats x;
      std::memcpy(&x, rows + r * dim + k, sizeof(x));
      sums[r] += x * y;
    }
  }
  for (int r = 0; r < count; ++r) {
    float sum = 0.0F;
    for (std::int64_t lane = 0; lane < lanes; ++lane) sum += sums[r][lane];
    for (std::int64_t rest = k; rest < dim; ++rest) sum += rows[r * dim + rest] * b[rest];
    out[r] = sum;
  }
}

POLYVOCAB_WIDER float dot(const float* a, const float* b, std::int64_t dim) {
  float sum = 0.0F;
  dots_at_once<1>(a, b, dim, &sum);
  return sum;
}

// a -= factors[r] * rows[r], one row after the other; fetches as many rows from `next` on meanwhile.
template <int count>
inline void subtract_at_once(float* a, const float* rows, const float* factors, std::int64_t dim, const float* next) {
  std::int64_t k = 0;
  for (; k + lanes <= dim; k += lanes) {
    Floats value;
    std::memcpy(&value, a + k, sizeof(value));
    for (int r = 0; r < count; ++r) {
      Floats x;
      std::memcpy(&x, rows + r * dim + k, sizeof(x));
      value -= factors[r] * x;
      __builtin_prefetch(next + r * dim + k);
    }
    std::memcpy(a + k, &value, sizeof(value));
  }
  for (; k < dim; ++k) {
    for (int r = 0; r < count; ++r) a[k] -= factors[r] * rows[r * dim + k];
  }
}

// factors[r] = rows[r] . whole, and rest -= factors[r] * rows[r], one row after the other: a few at a time, so that they are
// still in the first-level cache when they are subtracted.
POLYVOCAB_WIDER void project_out(const float* rows, std::int64_t count, const float* whole, std::int64_t dim, float* factors,
                                 float* rest) {
  std::int64_t t = 0;
  const auto some = [&](auto width) {
    for (; t + width <= count; t += width) {
      const float* const here = rows + t * dim;
      dots_at_once<width>(here, whole, dim, factors + t);
      subtract_at_once<width>(rest, here, factors + t, dim, t + 2 * width <= count ? here + width * dim : here);
    }
  };
  some(std::integral_constant<int, 4>());
  some(std::integral_constant<int, 1>());
}

double length(const float* a, std::int64_t dim) { return std::sqrt(product(a, a, dim)); }

}  // namespace

OrthogonalPursuit::OrthogonalPursuit(std::int64_t count, std::int64_t dim, std::int64_t steps)
    : dim_(dim), steps_(steps), residuals_(static_cast<std::size_t>(count * dim)),
      basis_(static_cast<std::size_t>(count * steps * dim), static_cast<std::size_t>(count * steps * dim)),
      triangle_(static_cast<std::size_t>(count * steps * steps)),
      along_(static_cast<std::size_t>(count * steps)), atoms_(static_cast<std::size_t>(count * steps)),
      sizes_(static_cast<std::size_t>(count)), limits_(static_cast<std::size_t>(count)),
      open_(static_cast<std::size_t>(count)) {}

void OrthogonalPursuit::begin(const float* targets, std::int64_t count) {
  targets_ = targets;
  std::copy(targets, targets + count * dim_, residuals_.begin());
  for (std::int64_t i = 0; i < count; ++i) {
    const double whole = length(targets + i * dim_, dim_);
    sizes_[static_cast<std::size_t>(i)] = 0;
    limits_[static_cast<std::size_t>(i)] = explained * whole;
    open_[static_cast<std::size_t>(i)] = whole > 0.0 ? 1 : 0;
  }
}

void OrthogonalPursuit::add(std::int64_t i, std::int64_t number, const float* atom) {
  std::int64_t& size = sizes_[static_cast<std::size_t>(i)];
  char& is_open = open_[static_cast<std::size_t>(i)];
  std::int64_t* const mine = atoms_.data() + i * steps_;
  if (std::find(mine, mine + size, number) != mine + size) {
    is_open = 0;  // an atom once more: nothing is left but rounding
    return;
  }
  float* const basis = &basis_[static_cast<std::size_t>(i * steps_ * dim_)];
  float* const column = triangle_.data() + (i * steps_ + size) * steps_;
  float* const direction = basis + size * dim_;
  std::copy(atom, atom + dim_, direction);
  project_out(basis, size, atom, dim_, column, direction);
  const double left = length(direction, dim_);
  if (!(left > dependent * length(atom, dim_))) {
    is_open = 0;
    return;
  }
  column[size] = static_cast<float>(left);
  const auto scale = static_cast<float>(1.0 / left);
  for (std::int64_t k = 0; k < dim_; ++k) direction[k] *= scale;
  float* const residual = residuals_.data() + i * dim_;
  along_[static_cast<std::size_t>(i * steps_ + size)] = dot(direction, targets_ + i * dim_, dim_);
  float there = 0.0F;
  project_out(direction, 1, residual, dim_, &there, residual);
  mine[size++] = number;
  is_open = size < steps_ && length(residual, dim_) > limits_[static_cast<std::size_t>(i)] ? 1 : 0;
}

std::int64_t OrthogonalPursuit::finish(std::int64_t i, std::int64_t* atoms, float* coefficients) const {
  const std::int64_t size = sizes_[static_cast<std::size_t>(i)];
  std::copy_n(atoms_.data() + i * steps_, size, atoms);
  std::fill(atoms + size, atoms + steps_, 0);
  std::fill(coefficients, coefficients + steps_, 0.0F);
  std::vector<double> solution(static_cast<std::size_t>(steps_));
  for (std::int64_t t = size - 1; t >= 0; --t) {  // back substitution
    double value = along_[static_cast<std::size_t>(i * steps_ + t)];
    for (std::int64_t later = t + 1; later < size; ++later) {
      value -= static_cast<double>(triangle_[static_cast<std::size_t>((i * steps_ + later) * steps_ + t)]) *
               solution[static_cast<std::size_t>(later)];
    }
    solution[static_cast<std::size_t>(t)] =
        value / static_cast<double>(triangle_[static_cast<std::size_t>((i * steps_ + t) * steps_ + t)]);
    coefficients[t] = static_cast<float>(solution[static_cast<std::size_t>(t)]);
  }
  return size;
}

}  // namespace polyvocab
