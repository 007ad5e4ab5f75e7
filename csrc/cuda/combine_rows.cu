#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "cuda/combine_rows.h"

namespace polyvocab::cuda {
namespace {

__device__ float load(float value) { return value; }
__device__ float load(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ float load(__half value) { return __half2float(value); }

__device__ void store(float value, float* out) { *out = value; }
__device__ void store(float value, __nv_bfloat16* out) { *out = __float2bfloat16_rn(value); }
__device__ void store(float value, __half* out) { *out = __float2half_rn(value); }

// One block per target row, threads across its columns: the reads of a source row are contiguous.
template <class T>
__global__ void combine_kernel(RecipeView recipe, const T* source, T* target, std::int64_t dim) {
  for (std::int64_t row = blockIdx.x; row < recipe.rows; row += gridDim.x) {
    const std::int64_t begin = recipe.indptr[row];
    const std::int64_t end = recipe.indptr[row + 1];
    const std::int64_t slot = recipe.given_slot == nullptr ? -1 : recipe.given_slot[row];
    const bool copied = slot < 0 && end - begin == 1 && recipe.weights[begin] == 1.0F;
    for (std::int64_t d = threadIdx.x; d < dim; d += blockDim.x) {
      if (copied) {
        target[row * dim + d] = source[recipe.indices[begin] * dim + d];
        continue;
      }
      float sum = slot < 0 ? 0.0F : recipe.given[slot * dim + d];
      for (std::int64_t e = begin; e < end; ++e) {
        // Not one fused operation: the CPU rounds the product as well.
        sum = __fadd_rn(sum, __fmul_rn(recipe.weights[e], load(source[recipe.indices[e] * dim + d])));
      }
      store(sum, target + row * dim + d);
    }
  }
}

template <class T>
void launch(const RecipeView& recipe, const void* source, void* target, std::int64_t dim, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(recipe.rows, 1 << 20));
  const auto threads = static_cast<unsigned>(std::min<std::int64_t>((dim + 31) / 32 * 32, 256));
  combine_kernel<<<blocks, threads, 0, stream>>>(recipe, static_cast<const T*>(source), static_cast<T*>(target), dim);
}

}  // namespace

void combine_rows(const RecipeView& recipe, const void* source, void* target, std::int64_t dim, Element type,
                  std::uintptr_t stream) {
  if (recipe.rows == 0) return;
  auto* const queue = reinterpret_cast<cudaStream_t>(stream);
  switch (type) {
    case Element::f32: launch<float>(recipe, source, target, dim, queue); break;
    case Element::bf16: launch<__nv_bfloat16>(recipe, source, target, dim, queue); break;
    case Element::f16: launch<__half>(recipe, source, target, dim, queue); break;
  }
  if (const cudaError_t error = cudaGetLastError(); error != cudaSuccess) {
    throw std::runtime_error(std::string("recipe kernel: ") + cudaGetErrorString(error));
  }
}

}  // namespace polyvocab::cuda
