#include "core/similarity/chains.h"

#include <cmath>

namespace polyvocab {

void generic_chains(const float* query, const float* pool, std::int64_t dim, const std::int32_t* columns,
                    std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float* const row = pool + columns[i] * dim;
    float sum = 0.0F;
    for (std::int64_t k = 0; k < dim; ++k) sum = std::fma(query[k], row[k], sum);
    out[i] = sum;
  }
}

ChainKernel chain_kernel() {
#if defined(__x86_64__)
  if (avx512_chains() != nullptr && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
    return avx512_chains();
  }
#endif
  return generic_chains;
}

}  // namespace polyvocab
