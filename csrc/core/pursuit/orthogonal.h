// Orthogonal matching pursuit (Pati et al. 1993) of a few targets side by side: each is written with a few atoms, one by one.
//
// A target is told which atom it takes; here the atom is made orthogonal to those before it, and what it explains leaves the
// residual. Who finds the atom (the one that the residual has the largest product with) is not this file's business.
//
// Promises: the same bytes on every instruction set; sums are in sixteen lanes, lengths' in double. Memory is taken as it is
// written to, and stays for the next targets.
// Expects: finite values. An atom that the ones before it explain but for `dependent` of its length ends its target, as does a
// residual that is down to `explained` of the target.
#pragma once

#include <cstdint>
#include <vector>

#include "core/large_pages.h"

namespace polyvocab {

class OrthogonalPursuit {
 public:
  // At most `count` targets of `dim` numbers at once, with at most `steps` atoms each.
  OrthogonalPursuit(std::int64_t count, std::int64_t dim, std::int64_t steps);

  // Other targets from here on: count x dim, row-major; they must stay where they are.
  void begin(const float* targets, std::int64_t count);

  const float* residuals() const { return residuals_.data(); }  // count x dim; add() changes them
  bool open(std::int64_t i) const { return open_[static_cast<std::size_t>(i)] != 0; }

  // The open target i takes an atom: `number` names it, `atom` is it.
  void add(std::int64_t i, std::int64_t number, const float* atom);

  // Of target i how many atoms it has; which, in the order of their choice, and their coefficients: `steps` of both, zero where
  // there are fewer.
  std::int64_t finish(std::int64_t i, std::int64_t* atoms, float* coefficients) const;

 private:
  std::int64_t dim_, steps_;
  const float* targets_ = nullptr;
  std::vector<float> residuals_;
  ZeroedArray<float> basis_;     // count x steps x dim, orthonormal
  std::vector<float> triangle_;  // count x steps x steps: column t holds the atom t in terms of the basis
  std::vector<float> along_;     // count x steps: basis . target
  std::vector<std::int64_t> atoms_, sizes_;
  std::vector<double> limits_;  // of the residual's length
  std::vector<char> open_;
};

}  // namespace polyvocab
