// Entmax with alpha = 1.5 (Peters, Niculae and Martins 2019): weights max(z_j / 2 - tau, 0)^2, with tau such that they sum to 1.
// Between softmax and sparsemax: some entries get nothing, more than with sparsemax get something.
//
// As with sparsemax, the tau of a part of the entries never exceeds the tau of all of them. Promises: weights > 0 that sum to 1
// up to the rounding to float; tau is found in double, from the largest entry down.
#pragma once

#include "core/similarity/candidates.h"

namespace polyvocab {

struct Entmax {
  double bound(std::span<const float> values) const;
  void weigh(std::span<const std::int32_t> columns, std::span<const float> values, SparseRows& out) const;
};

}  // namespace polyvocab
