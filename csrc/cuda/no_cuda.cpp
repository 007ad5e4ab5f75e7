// What the CUDA headers promise, in a build without CUDA.
#include <stdexcept>

#include "cuda/combine_rows.h"

namespace polyvocab::cuda {

bool compiled() { return false; }
int device_count() { return 0; }

void combine_rows(const RecipeView&, const void*, void*, std::int64_t, Element, std::uintptr_t) {
  throw std::runtime_error(
      "this build of polyvocab has no CUDA kernels: install with -C cmake.define.POLYVOCAB_CUDA=ON where nvcc is");
}

}  // namespace polyvocab::cuda
