// Orthogonal matching pursuit (Pati et al. 1993) of many targets at once: each is written with a few atoms, one more a step.
//
// A step is told which atom each target takes; here the atom is made orthogonal to those before it, and what it explains leaves
// the residual. Who finds the atom (the one that the residual has the largest product with) is not this file's business.
//
// Promises: the same bytes for every number of threads and instruction set; sums are in sixteen lanes, lengths' in double.
// Expects: finite values. An atom that the ones before it explain but for `dependent` of its length ends its target, as does a
// residual that is down to `explained` of the target.
#pragma once

#include <cstdint>
#include <vector>

#include "core/large_pages.h"

namespace polyvocab {

class OrthogonalPursuit {
 public:
  // targets: count x dim, row-major, copied. At most `steps` atoms each.
  OrthogonalPursuit(const float* targets, std::int64_t count, std::int64_t dim, std::int64_t steps);

  std::int64_t count() const { return count_; }
  std::int64_t dim() const { return dim_; }
  std::int64_t steps() const { return steps_; }
  const float* residuals() const { return residuals_.data(); }
  bool open(std::int64_t i) const { return open_[static_cast<std::size_t>(i)] != 0; }

  // atoms: rows of dim; chosen: count, the atom that each target takes; those of targets that have ended are not looked at.
  void add(const float* atoms, const std::int64_t* chosen, int threads);

  // Of each target the number of its atoms, count; the atoms in the order of their choice, and their coefficients, count x steps,
  // zero where there are fewer.
  void finish(std::int64_t* sizes, std::int64_t* atoms, float* coefficients) const;

 private:
  void add_to(std::int64_t i, const float* atoms, std::int64_t chosen);

  std::int64_t count_, dim_, steps_;
  std::vector<float> targets_, residuals_;
  ZeroedArray<float> basis_;     // count x steps x dim, orthonormal
  std::vector<float> triangle_;  // count x steps x steps: column t holds the atom t in terms of the basis
  std::vector<float> along_;     // count x steps: basis . target
  std::vector<std::int64_t> atoms_, sizes_;
  std::vector<double> limits_;  // of the residual's length
  std::vector<char> open_;
};

}  // namespace polyvocab
