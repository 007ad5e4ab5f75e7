#include "core/recipe/combine_slices.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/large_pages.h"
#include "core/parallel.h"
#include "core/recipe/row_parts.h"
#include "core/wider.h"

namespace polyvocab {
namespace {

// The source rows that mixed rows read, numbered anew.
struct ReadRows {
  std::vector<std::int64_t> rows;      // of the source, ascending
  std::vector<std::int32_t> of_entry;  // for each entry of the recipe the place of its row in `rows`; -1 of copied rows
  std::int64_t entries = 0;            // of mixed rows

  ReadRows(const RecipeView& recipe, std::int64_t dim) : of_entry(static_cast<std::size_t>(recipe.indptr[recipe.rows]), -1) {
    const std::int64_t* const end = recipe.indices + of_entry.size();
    const std::int64_t size = recipe.indices == end ? 0 : *std::max_element(recipe.indices, end) + 1;
    std::vector<std::int32_t> places(at(size), -1);
    for_each_mixed(recipe, dim, [&](std::int64_t e) { places[at(recipe.indices[e])] = 0; });
    for (std::int64_t row = 0; row < size; ++row) {
      if (places[at(row)] < 0) continue;
      places[at(row)] = static_cast<std::int32_t>(rows.size());
      rows.push_back(row);
    }
    for_each_mixed(recipe, dim, [&](std::int64_t e) {
      of_entry[at(e)] = places[at(recipe.indices[e])];
      ++entries;
    });
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

  // The entries of rows that are not copied.
  template <class Body>
  static void for_each_mixed(const RecipeView& recipe, std::int64_t dim, const Body& body) {
    for (std::int64_t number = 0; number < recipe.rows; ++number) {
      const RowParts row(recipe, number, dim);
      if (row.copied(recipe)) continue;
      for (std::int64_t e = row.begin; e < row.end; ++e) body(e);
    }
  }
};

// Columns at a time: of tens of thousands of rows they stay in a cache.
constexpr std::int64_t slice = 64;

POLYVOCAB_WIDER void add_slices(const float* slices, const std::int32_t* places, const float* weights, std::int64_t count,
                                float* sum) {
  constexpr std::int64_t lanes = 16;
  using Floats = float __attribute__((vector_size(lanes * sizeof(float))));
  Floats sums[slice / lanes];
  std::memcpy(sums, sum, sizeof(sums));
  for (std::int64_t e = 0; e < count; ++e) {
    Floats values[slice / lanes];
    std::memcpy(values, slices + places[e] * slice, sizeof(values));
    for (std::int64_t part = 0; part < slice / lanes; ++part) sums[part] += weights[e] * values[part];
  }
  std::memcpy(sum, sums, sizeof(sums));
}

template <class Type>
void sum_slices(const RecipeView& recipe, const ReadRows& read, const typename Type::storage* source,
                typename Type::storage* target, std::int64_t dim, int threads) {
  parallel_blocks((dim + slice - 1) / slice, threads, [&](std::int64_t block) {
    const std::int64_t first = block * slice;
    const std::int64_t width = std::min(slice, dim - first);
    LargeVector<float> slices(read.rows.size() * slice);
    float* end = slices.data();
    for (const std::int64_t row : read.rows) {
      for (std::int64_t d = 0; d < width; ++d) end[d] = Type::load(source[row * dim + first + d]);
      end += slice;
    }
    for (std::int64_t number = 0; number < recipe.rows; ++number) {
      const RowParts row(recipe, number, dim);
      if (row.copied(recipe)) continue;
      float sum[slice] = {};
      if (row.given != nullptr) std::copy_n(row.given + first, width, sum);
      add_slices(slices.data(), read.of_entry.data() + row.begin, recipe.weights + row.begin, row.end - row.begin, sum);
      auto* const out = target + number * dim + first;
      for (std::int64_t d = 0; d < width; ++d) out[d] = Type::store(sum[d]);
    }
  });
}

}  // namespace

template <class Type>
bool combine_slices(const RecipeView& recipe, const typename Type::storage* source, typename Type::storage* target,
                    std::int64_t dim, int threads) {
  constexpr std::int64_t cached = 4 << 20;     // bytes of rows: those are read fast as they lie
  constexpr std::int64_t often = 8;            // times that a row is read
  constexpr std::int64_t most_rows = 1 << 15;  // whose slices stay in a cache
  const std::int64_t row_bytes = dim * static_cast<std::int64_t>(sizeof(*source));
  if (recipe.indptr[recipe.rows] * row_bytes < often * cached) return false;
  const ReadRows read(recipe, dim);
  const auto rows = static_cast<std::int64_t>(read.rows.size());
  if (rows > most_rows || rows * row_bytes < cached || read.entries < often * rows) return false;
  sum_slices<Type>(recipe, read, source, target, dim, threads);
  return true;
}

template bool combine_slices<Float32>(const RecipeView&, const float*, float*, std::int64_t, int);
template bool combine_slices<BFloat16>(const RecipeView&, const std::uint16_t*, std::uint16_t*, std::int64_t, int);
template bool combine_slices<Float16>(const RecipeView&, const std::uint16_t*, std::uint16_t*, std::int64_t, int);

}  // namespace polyvocab
