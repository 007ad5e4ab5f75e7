#include "core/recipe/combine_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "core/parallel.h"
#include "core/wider.h"

namespace polyvocab {
namespace {

POLYVOCAB_WIDER void add_scaled(const float* row, float weight, float* sum, std::int64_t dim) {
  for (std::int64_t d = 0; d < dim; ++d) sum[d] += weight * row[d];
}

POLYVOCAB_WIDER void add_scaled_bf16(const std::uint16_t* row, float weight, float* sum, std::int64_t dim) {
  for (std::int64_t d = 0; d < dim; ++d) sum[d] += weight * BFloat16::load(row[d]);
}

POLYVOCAB_WIDER void add_scaled_f16(const std::uint16_t* row, float weight, float* sum, std::int64_t dim) {
  for (std::int64_t d = 0; d < dim; ++d) sum[d] += weight * Float16::load(row[d]);
}

void add_row(const float* row, float weight, float* sum, std::int64_t dim, Float32) {
  add_scaled(row, weight, sum, dim);
}
void add_row(const std::uint16_t* row, float weight, float* sum, std::int64_t dim, BFloat16) {
  add_scaled_bf16(row, weight, sum, dim);
}
void add_row(const std::uint16_t* row, float weight, float* sum, std::int64_t dim, Float16) {
  add_scaled_f16(row, weight, sum, dim);
}

constexpr std::int64_t rows_per_block = 256;
constexpr std::int64_t rows_ahead = 3;  // entries whose rows are fetched before they are needed

template <class Type>
void combine(const RecipeView& recipe, const typename Type::storage* source, typename Type::storage* target,
             std::int64_t dim, int threads) {
  parallel_blocks((recipe.rows + rows_per_block - 1) / rows_per_block, threads, [&](std::int64_t block) {
    std::vector<float> sum(static_cast<std::size_t>(dim));
    const std::int64_t last = std::min(recipe.rows, (block + 1) * rows_per_block);
    for (std::int64_t row = block * rows_per_block; row < last; ++row) {
      const std::int64_t begin = recipe.indptr[row];
      const std::int64_t end = recipe.indptr[row + 1];
      const std::int64_t slot = recipe.given_slot == nullptr ? -1 : recipe.given_slot[row];
      auto* out = target + row * dim;
      if (slot < 0 && end - begin == 1 && recipe.weights[begin] == 1.0F) {
        std::memcpy(out, source + recipe.indices[begin] * dim, static_cast<std::size_t>(dim) * sizeof(*out));
        continue;
      }
      if (slot < 0) {
        std::fill(sum.begin(), sum.end(), 0.0F);
      } else {
        std::copy_n(recipe.given + slot * dim, dim, sum.begin());
      }
      for (std::int64_t e = begin; e < end; ++e) {
        if (e + rows_ahead < end) {
          const auto* ahead = reinterpret_cast<const char*>(source + recipe.indices[e + rows_ahead] * dim);
          for (std::int64_t byte = 0; byte < dim * static_cast<std::int64_t>(sizeof(*out)); byte += 64) {
            __builtin_prefetch(ahead + byte);
          }
        }
        add_row(source + recipe.indices[e] * dim, recipe.weights[e], sum.data(), dim, Type{});
      }
      for (std::int64_t d = 0; d < dim; ++d) out[d] = Type::store(sum[static_cast<std::size_t>(d)]);
    }
  });
}

POLYVOCAB_WIDER void add_powers(const float* values, std::int64_t count, double* sums, double* squares) {
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = values[i];
    sums[i] += value;
    squares[i] += value * value;
  }
}

template <class Type>
void moments(const typename Type::storage* source, std::int64_t rows, std::int64_t dim, double* mean, double* std,
             int threads) {
  // Parts of rows as long as the threads allow: memory gives short ones slowly.
  constexpr std::int64_t shortest = 128;
  const std::int64_t columns = std::max(shortest, (dim + thread_count(threads) - 1) / thread_count(threads));
  parallel_blocks((dim + columns - 1) / columns, threads, [&](std::int64_t block) {
    const std::int64_t first = block * columns;
    const std::int64_t width = std::min(columns, dim - first);
    std::vector<double> sum(static_cast<std::size_t>(width));
    std::vector<double> square(static_cast<std::size_t>(width));
    std::vector<float> values(static_cast<std::size_t>(width));
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto* const from = source + row * dim + first;
      for (std::int64_t d = 0; d < width; ++d) values[static_cast<std::size_t>(d)] = Type::load(from[d]);
      add_powers(values.data(), width, sum.data(), square.data());
    }
    const auto count = static_cast<double>(rows);
    for (std::int64_t d = 0; d < width; ++d) {
      const auto i = static_cast<std::size_t>(d);
      mean[first + d] = sum[i] / count;
      std[first + d] = std::sqrt(std::max(0.0, square[i] / count - mean[first + d] * mean[first + d]));
    }
  });
}

// Calls body with the element type that a matrix holds.
template <class Body>
void with_element(Element type, Body&& body) {
  switch (type) {
    case Element::f32: return body(Float32{});
    case Element::bf16: return body(BFloat16{});
    case Element::f16: return body(Float16{});
  }
}

}  // namespace

void combine_rows(const RecipeView& recipe, const void* source, void* target, std::int64_t dim, Element type,
                  int threads) {
  with_element(type, [&]<class Type>(Type) {
    using storage = typename Type::storage;
    combine<Type>(recipe, static_cast<const storage*>(source), static_cast<storage*>(target), dim, threads);
  });
}

void column_moments(const void* source, std::int64_t rows, std::int64_t dim, Element type, double* mean, double* std,
                    int threads) {
  with_element(type, [&]<class Type>(Type) {
    moments<Type>(static_cast<const typename Type::storage*>(source), rows, dim, mean, std, threads);
  });
}

}  // namespace polyvocab
