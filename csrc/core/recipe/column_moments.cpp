#include "core/recipe/column_moments.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/parallel.h"
#include "core/wider.h"

namespace polyvocab {
namespace {

POLYVOCAB_WIDER void add_powers(const float* values, std::int64_t count, double* sums, double* squares) {
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = values[i];
    sums[i] += value;
    squares[i] += value * value;
  }
}

template <class Type>
void moments(const typename Type::storage* source, std::int64_t rows, std::int64_t dim, double* mean, double* std,
             int threads) {
  // Parts of rows as long as the threads allow: memory gives short ones slowly.
  constexpr std::int64_t shortest = 128;
  const std::int64_t columns = std::max(shortest, (dim + thread_count(threads) - 1) / thread_count(threads));
  parallel_blocks((dim + columns - 1) / columns, threads, [&](std::int64_t block) {
    const std::int64_t first = block * columns;
    const std::int64_t width = std::min(columns, dim - first);
    std::vector<double> sum(static_cast<std::size_t>(width));
    std::vector<double> square(static_cast<std::size_t>(width));
    std::vector<float> values(static_cast<std::size_t>(width));
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto* const from = source + row * dim + first;
      for (std::int64_t d = 0; d < width; ++d) values[static_cast<std::size_t>(d)] = Type::load(from[d]);
      add_powers(values.data(), width, sum.data(), square.data());
    }
    const auto count = static_cast<double>(rows);
    for (std::int64_t d = 0; d < width; ++d) {
      const auto i = static_cast<std::size_t>(d);
      mean[first + d] = sum[i] / count;
      std[first + d] = std::sqrt(std::max(0.0, square[i] / count - mean[first + d] * mean[first + d]));
    }
  });
}

}  // namespace

void column_moments(const void* source, std::int64_t rows, std::int64_t dim, Element type, double* mean, double* std,
                    int threads) {
  with_element(type, [&]<class Type>(Type) {
    moments<Type>(static_cast<const typename Type::storage*>(source), rows, dim, mean, std, threads);
  });
}

}  // namespace polyvocab
