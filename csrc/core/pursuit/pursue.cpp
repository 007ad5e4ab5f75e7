#include "core/pursuit/pursue.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "core/parallel.h"
#include "core/pursuit/orthogonal.h"
#include "core/pursuit/product.h"
#include "core/similarity/query_block.h"

namespace polyvocab {

// One thread's targets.
class Pursuits::Worker {
 public:
  Worker(const PackedPool& pool, std::int64_t most, std::int64_t steps)
      : pool_(pool), block_(pool, TopK{1, 0.0}, most), pursuit_(most, pool.dim(), steps), steps_(steps) {}

  void pursue(const float* targets, std::int64_t count, std::int64_t* sizes, std::int64_t* atoms, float* coefficients) {
    pursuit_.begin(targets, count);
    for (std::int64_t step = 0; step < steps_ && look(count); ++step) {
      block_.contenders(open_residuals(count), std::ssize(open_), [&](std::int64_t j, std::span<const std::int32_t> near) {
        const std::int64_t i = open_[static_cast<std::size_t>(j)];
        const std::int64_t atom = largest(pursuit_.residuals() + i * pool_.dim(), near);
        pursuit_.add(i, atom, pool_.rows() + atom * pool_.dim());
      });
    }
    for (std::int64_t i = 0; i < count; ++i) sizes[i] = pursuit_.finish(i, atoms + i * steps_, coefficients + i * steps_);
  }

 private:
  // Which targets can take another atom; whether any can.
  bool look(std::int64_t count) {
    open_.clear();
    for (std::int64_t i = 0; i < count; ++i) {
      if (pursuit_.open(i)) open_.push_back(i);
    }
    return !open_.empty();
  }

  // Their residuals, side by side.
  const float* open_residuals(std::int64_t count) {
    if (std::ssize(open_) == count) return pursuit_.residuals();
    const std::int64_t dim = pool_.dim();
    together_.resize(open_.size() * static_cast<std::size_t>(dim));
    for (std::size_t j = 0; j < open_.size(); ++j) {
      std::copy_n(pursuit_.residuals() + open_[j] * dim, dim, together_.data() + static_cast<std::int64_t>(j) * dim);
    }
    return together_.data();
  }

  // Which of the atoms has the largest product with the residual; of equal ones the first.
  std::int64_t largest(const float* residual, std::span<const std::int32_t> atoms) const {
    if (atoms.size() == 1) return atoms[0];
    std::int64_t best = 0;
    double most = -1.0;
    for (const std::int64_t atom : atoms) {
      const double here = std::fabs(product(residual, pool_.rows() + atom * pool_.dim(), pool_.dim()));
      if (here <= most) continue;
      most = here;
      best = atom;
    }
    return best;
  }

  const PackedPool& pool_;
  QueryBlock<TopK> block_;
  OrthogonalPursuit pursuit_;
  std::int64_t steps_;
  std::vector<std::int64_t> open_;
  std::vector<float> together_;
};

Pursuits::Pursuits(const PackedPool& pool, std::int64_t steps, int threads)
    : pool_(pool), steps_(steps), threads_(thread_count(threads)),
      targets_per_thread_(queries_per_block(pool, std::numeric_limits<std::int32_t>::max(), 1)),
      workers_(static_cast<std::size_t>(threads_)) {}

Pursuits::~Pursuits() = default;

std::int64_t Pursuits::targets_at_once() const { return targets_per_thread_ * threads_; }

void Pursuits::pursue(const float* targets, std::int64_t count, std::int64_t* sizes, std::int64_t* atoms,
                      float* coefficients) {
  const std::int64_t mine = queries_per_block(pool_, count, threads_);
  parallel_blocks((count + mine - 1) / mine, threads_, [&](std::int64_t block) {
    std::unique_ptr<Worker>& worker = workers_[static_cast<std::size_t>(block)];
    if (worker == nullptr) worker = std::make_unique<Worker>(pool_, targets_per_thread_, steps_);
    const std::int64_t first = block * mine;
    worker->pursue(targets + first * pool_.dim(), std::min(mine, count - first), sizes + first, atoms + first * steps_,
                   coefficients + first * steps_);
  });
}

}  // namespace polyvocab
