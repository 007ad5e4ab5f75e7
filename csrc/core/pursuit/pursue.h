// Orthogonal matching pursuit with the rows of a pool as atoms: each step takes the atom that the residual has the largest
// product with, whatever its sign; products that are nearly equal are compared in double.
//
// Promises: the same bytes for every number of threads and tile kernel. Each thread takes all steps of its own targets, so that
// none waits for another between them; what it needs of memory stays for later targets.
// Expects: finite values.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/similarity/rows.h"

namespace polyvocab {

class Pursuits {
 public:
  // At most `steps` atoms for each target. The pool must stay as long as this. threads: 0 or less means one per core.
  Pursuits(const PackedPool& pool, std::int64_t steps, int threads);
  ~Pursuits();

  std::int64_t dim() const { return pool_.dim(); }
  std::int64_t steps() const { return steps_; }
  // As many targets as all threads together have memory for.
  std::int64_t targets_at_once() const;

  // targets: count x dim, row-major, count <= targets_at_once(). Sets the number of each one's atoms, count; the atoms in the
  // order of their choice, and their coefficients, both count x steps, zero where there are fewer.
  void pursue(const float* targets, std::int64_t count, std::int64_t* sizes, std::int64_t* atoms, float* coefficients);

 private:
  class Worker;

  const PackedPool& pool_;
  std::int64_t steps_;
  int threads_;
  std::int64_t targets_per_thread_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace polyvocab
