// Target rows = sparse weights x source rows (+ given rows): a recipe applied to a matrix.
//
// Promises: each element is summed in float32, in the order in which the row's entries stand, product and sum rounded
// apart; then cast once. A row with one entry of weight exactly 1 and no given part is moved bit for bit.
// The result is the same for every number of threads and instruction set, and equals the CUDA kernel's.
// Expects: row-major matrices; indices within the source. Both are the caller's to check.
// Does not: fill rows. A row without entries and without given part becomes zero.
#pragma once

#include <cstdint>

#include "core/recipe/element.h"

namespace polyvocab {

struct RecipeView {
  std::int64_t rows;
  const std::int64_t* indptr;      // rows + 1
  const std::int64_t* indices;     // source rows
  const float* weights;
  const std::int64_t* given_slot;  // rows, -1 where nothing is given; null when no row has a given part
  const float* given;              // one row of the target's width per slot
};

void combine_rows(const RecipeView& recipe, const void* source, void* target, std::int64_t dim, Element type,
                  int threads);

}  // namespace polyvocab
