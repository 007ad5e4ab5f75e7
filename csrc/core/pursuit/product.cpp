#include "core/pursuit/product.h"

#include <numeric>

#include "core/wider.h"

namespace polyvocab {

POLYVOCAB_WIDER double product(const float* a, const float* b, std::int64_t dim) {
  constexpr std::int64_t lanes = 16;
  double sums[lanes] = {};
  std::int64_t k = 0;
  for (; k + lanes <= dim; k += lanes) {
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      sums[lane] += static_cast<double>(a[k + lane]) * static_cast<double>(b[k + lane]);
    }
  }
  for (; k < dim; ++k) sums[k % lanes] += static_cast<double>(a[k]) * static_cast<double>(b[k]);
  return std::accumulate(sums, sums + lanes, 0.0);
}

}  // namespace polyvocab
