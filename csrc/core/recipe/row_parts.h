// What one row of the target is made of.
#pragma once

#include <cstdint>

#include "core/recipe/combine_rows.h"

namespace polyvocab {

struct RowParts {
  std::int64_t begin, end;  // of its entries
  const float* given;       // or null

  RowParts(const RecipeView& recipe, std::int64_t row, std::int64_t dim)
      : begin(recipe.indptr[row]), end(recipe.indptr[row + 1]),
        given(recipe.given_slot == nullptr || recipe.given_slot[row] < 0 ? nullptr
                                                                         : recipe.given + recipe.given_slot[row] * dim) {}

  bool copied(const RecipeView& recipe) const {
    return given == nullptr && end - begin == 1 && recipe.weights[begin] == 1.0F;
  }
};

}  // namespace polyvocab
