#include "core/recipe/combine_rows.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/parallel.h"
#include "core/recipe/combine_slices.h"
#include "core/recipe/row_parts.h"
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

// Calls body(the row's number, its parts) for all rows, in blocks.
template <class Body>
void for_each_row(const RecipeView& recipe, std::int64_t dim, int threads, const Body& body) {
  parallel_blocks((recipe.rows + rows_per_block - 1) / rows_per_block, threads, [&](std::int64_t block) {
    const std::int64_t last = std::min(recipe.rows, (block + 1) * rows_per_block);
    for (std::int64_t row = block * rows_per_block; row < last; ++row) body(row, RowParts(recipe, row, dim));
  });
}

template <class Type>
void copy_rows(const RecipeView& recipe, const typename Type::storage* source, typename Type::storage* target,
               std::int64_t dim, int threads) {
  for_each_row(recipe, dim, threads, [&](std::int64_t number, const RowParts& row) {
    if (!row.copied(recipe)) return;
    const auto* const from = source + recipe.indices[row.begin] * dim;
    std::memcpy(target + number * dim, from, static_cast<std::size_t>(dim) * sizeof(*from));
  });
}

template <class Type>
void sum_rows(const RecipeView& recipe, const typename Type::storage* source, typename Type::storage* target,
              std::int64_t dim, int threads) {
  for_each_row(recipe, dim, threads, [&](std::int64_t number, const RowParts& row) {
    if (row.copied(recipe)) return;
    std::vector<float> sum(static_cast<std::size_t>(dim));
    if (row.given != nullptr) std::copy_n(row.given, dim, sum.begin());
    for (std::int64_t e = row.begin; e < row.end; ++e) {
      if (e + rows_ahead < row.end) {
        const auto* ahead = reinterpret_cast<const char*>(source + recipe.indices[e + rows_ahead] * dim);
        for (std::int64_t byte = 0; byte < dim * static_cast<std::int64_t>(sizeof(*source)); byte += 64) {
          __builtin_prefetch(ahead + byte);
        }
      }
      add_row(source + recipe.indices[e] * dim, recipe.weights[e], sum.data(), dim, Type{});
    }
    auto* const out = target + number * dim;
    for (std::int64_t d = 0; d < dim; ++d) out[d] = Type::store(sum[static_cast<std::size_t>(d)]);
  });
}

}  // namespace

void combine_rows(const RecipeView& recipe, const void* source, void* target, std::int64_t dim, Element type,
                  int threads) {
  with_element(type, [&]<class Type>(Type) {
    using storage = typename Type::storage;
    const auto* const from = static_cast<const storage*>(source);
    auto* const to = static_cast<storage*>(target);
    copy_rows<Type>(recipe, from, to, dim, threads);
    if (!combine_slices<Type>(recipe, from, to, dim, threads)) sum_rows<Type>(recipe, from, to, dim, threads);
  });
}

}  // namespace polyvocab
