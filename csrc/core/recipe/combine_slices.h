// Rows of a recipe summed a few columns at a time: where each source row is read often, so that what all of them read stays in
// a cache.
//
// Promises: the bytes of combine_rows.h, in which an element's sum does not know of its neighbours.
#pragma once

#include <cstdint>

#include "core/recipe/combine_rows.h"

namespace polyvocab {

// All rows but those that are copied. False, and nothing is done, where rows are read too seldom for it.
template <class Type>
bool combine_slices(const RecipeView& recipe, const typename Type::storage* source, typename Type::storage* target,
                    std::int64_t dim, int threads);

}  // namespace polyvocab
