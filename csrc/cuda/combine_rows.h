// The recipe kernel on a GPU: the same sums as core/recipe/combine_rows.h, in the same order, with the same roundings.
//
// Promises: bits equal to the CPU's. Returns after the launch; the work is ordered by the stream.
// Expects: all pointers on the current device; dim > 0.
// Errors: std::runtime_error with CUDA's message; without CUDA kernels, with a sentence that says so.
#pragma once

#include <cstdint>

#include "core/recipe/combine_rows.h"

namespace polyvocab::cuda {

// Whether this build has kernels, and how many devices can run them (0 without a driver).
bool compiled();
int device_count();

// stream: a cudaStream_t, 0 for the default stream.
void combine_rows(const RecipeView& recipe, const void* source, void* target, std::int64_t dim, Element type,
                  std::uintptr_t stream);

}  // namespace polyvocab::cuda
