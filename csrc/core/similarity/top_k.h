// The k largest entries; of equal ones those in the smaller columns.
//
// With a temperature T > 0 their weights are softmax(z / T) over the k, which sum to 1 up to the rounding to float; without one
// (0) the weights are the entries themselves.
#pragma once

#include "core/similarity/candidates.h"

namespace polyvocab {

struct TopK {
  std::int64_t k;
  double temperature;

  double bound(std::span<const float> values) const;
  void weigh(std::span<const std::int32_t> columns, std::span<const float> values, SparseRows& out) const;
};

}  // namespace polyvocab
