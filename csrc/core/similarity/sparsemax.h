// Sparsemax (Martins and Astudillo 2016): weights max(z_j - tau, 0), with tau such that they sum to 1.
//
// The tau of any part of the entries never exceeds the tau of all of them, so whatever lies at or below it can be dropped for
// good. Promises: weights > 0 that sum to 1 up to the rounding to float; tau is summed in double, from the largest entry down.
#pragma once

#include "core/similarity/candidates.h"

namespace polyvocab {

struct Sparsemax {
  double bound(std::span<const float> values) const;
  void weigh(std::span<const std::int32_t> columns, std::span<const float> values, SparseRows& out) const;
};

}  // namespace polyvocab
