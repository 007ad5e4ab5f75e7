// What one selection takes of a few query rows at a time: each row sees its similarities with the whole pool, tile by tile.
// One thread's work; what it needs of memory stays for its next rows.
//
// Promises: each row's result is its own, whichever rows are beside it.
// Expects: finite queries; the pool must stay as long as the block.
#pragma once

#include <algorithm>
#include <limits>

#include "core/similarity/rows.h"

namespace polyvocab {

// How many queries a block takes: as many as stay in a second-level cache beside their candidates, so that the pool is read
// seldom, and so few that all threads have work.
std::int64_t queries_per_block(const PackedPool& pool, std::int64_t count, int threads);

// How many rows of the pool are multiplied again before the next: while all rows of a block have their turn with them they stay
// in a third-level cache, unless a row has so few `candidates` among them that most places of the chains' vectors are empty.
std::int64_t columns_at_once(const PackedPool& pool, std::int64_t candidates);

template <class S>
class QueryBlock {
 public:
  // `most`: rows at once.
  QueryBlock(const PackedPool& pool, const S& selection, std::int64_t most)
      : pool_(pool), kernel_(pool.kernel()), selection_(selection),
        parts_(kernel_.parts == nullptr ? 1 : kernel_.parts(pool.dim())),
        packed_(panels_of(most, kernel_.rows), kernel_.panel_bytes(kernel_.rows, pool.dim())),
        sums_(parts_ == 1 ? 0 : panels_of(most, kernel_.rows), kernel_.rows * kernel_.cols * sizeof(float)),
        thresholds_(static_cast<std::size_t>(panels_of(most, kernel_.rows) * kernel_.rows)),
        rows_(static_cast<std::size_t>(most)) {}

  // queries: count x dim, row-major; `out` gets a row for each.
  void select(const float* queries, std::int64_t count, SparseRows& out) {
    sweep(queries, count, false, kernel_.exact ? 0.0 : 2.0);
    if (!kernel_.exact) multiply_again();
    for (std::int64_t i = 0; i < count; ++i) rows_[at(i)].finish(out);
  }

  // visit(i, columns) for each query: what the selection takes of its similarities without signs and without any rounding is
  // among these columns.
  template <class Visit>
  void contenders(const float* queries, std::int64_t count, const Visit& visit) {
    sweep(queries, count, true, 2.0);
    for (std::int64_t i = 0; i < count; ++i) visit(i, rows_[at(i)].columns());
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  float* thresholds(std::int64_t t) { return thresholds_.data() + t * kernel_.rows; }
  const float* query(std::int64_t i) const { return queries_ + i * pool_.dim(); }
  double margin(std::int64_t i) const {
    RowRounding rounding = bfloat16_rounding(query(i), pool_.dim());
    if (kernel_.exact) rounding.lost = 0.0;
    return bfloat16_margin(rounding, pool_.rounding(), pool_.dim());
  }

  // All similarities; what may be chosen of them, if those that it is chosen by are no farther off than the margin.
  void sweep(const float* queries, std::int64_t count, bool absolute, double margins) {
    queries_ = queries;
    count_ = count;
    absolute_ = absolute;
    begin(margins);
    multiply();
    for (std::int64_t i = 0; i < count; ++i) rows_[at(i)].shrink();
  }

  void begin(double margins) {
    tiles_ = panels_of(count_, kernel_.rows);
    for (std::int64_t t = 0; t < tiles_; ++t) {
      const std::int64_t first = t * kernel_.rows;
      kernel_.pack_rows(query(first), std::min<std::int64_t>(kernel_.rows, count_ - first), pool_.dim(), packed_[t]);
    }
    for (std::int64_t i = 0; i < count_; ++i) {
      rows_[at(i)].begin(selection_, margins > 0.0 ? margins * margin(i) : 0.0);
      thresholds_[at(i)] = rows_[at(i)].threshold();
    }
    for (std::int64_t i = count_; i < tiles_ * kernel_.rows; ++i) {  // what fills up the last tile finds nothing
      thresholds_[at(i)] = std::numeric_limits<float>::infinity();
    }
  }

  void multiply() {
    if (kernel_.begin != nullptr) kernel_.begin();
    const std::int64_t panels = panels_of(pool_.size(), kernel_.cols);
    for (std::int64_t p = 0; p < panels; ++p) {
      const void* const next = pool_.panels()[std::min(p + 1, panels - 1)];
      parts_ == 1 ? multiply_whole(p, next) : multiply_in_parts(p, next);
    }
    if (kernel_.end != nullptr) kernel_.end();
  }

  void multiply_whole(std::int64_t p, const void* next) {
    TileHits hits;
    for (std::int64_t t = 0; t < tiles_; ++t) {
      kernel_.multiply(packed_[t], pool_.panels()[p], pool_.dim(), thresholds(t), absolute_, share(next, t), hits);
      offer(t, p, hits);
    }
  }

  void multiply_in_parts(std::int64_t p, const void* next) {
    TileHits hits;
    for (std::int64_t part = 0; part < parts_; ++part) {
      for (std::int64_t t = 0; t < tiles_; ++t) {
        auto* const sums = static_cast<float*>(sums_[t]);
        kernel_.add(packed_[t], pool_.panels()[p], pool_.dim(), part, share(next, part * tiles_ + t), sums);
        if (part + 1 < parts_) continue;
        kernel_.compare(sums, thresholds(t), absolute_, hits);
        offer(t, p, hits);
      }
    }
  }

  // What one of the multiplications with a panel fetches of the next panel.
  Soon share(const void* next, std::int64_t number) const {
    constexpr std::int64_t line_bytes = 64;
    const std::int64_t all = kernel_.panel_bytes(kernel_.cols, pool_.dim()) / line_bytes;
    const std::int64_t lines = (all + tiles_ * parts_ - 1) / (tiles_ * parts_);
    return {static_cast<const char*>(next) + number * lines * line_bytes, lines};
  }

  void offer(std::int64_t t, std::int64_t p, const TileHits& hits) {
    const std::int64_t column = p * kernel_.cols;
    const std::int64_t columns = std::min<std::int64_t>(kernel_.cols, pool_.size() - column);
    for (int i = 0; i < hits.count; ++i) {
      if (hits.columns[i] >= columns) continue;
      CandidateRow<S>& row = rows_[at(t * kernel_.rows + hits.rows[i])];
      const bool changed = row.offer(static_cast<std::int32_t>(column) + hits.columns[i], hits.values[i]);
      if (changed) thresholds(t)[hits.rows[i]] = row.threshold();
    }
  }

  // The exact products of what the margin left over.
  void multiply_again() {
    const ChainKernel chains = chain_kernel();
    done_.assign(at(count_), 0);
    std::size_t candidates = 0;
    for (std::int64_t i = 0; i < count_; ++i) candidates += rows_[at(i)].columns().size();
    const std::int64_t step = columns_at_once(pool_, static_cast<std::int64_t>(candidates) / count_);
    for (std::int64_t end = step; end - step < pool_.size(); end += step) {
      for (std::int64_t i = 0; i < count_; ++i) {
        const auto& columns = rows_[at(i)].columns();
        float* const values = rows_[at(i)].values().data();
        const std::size_t from = done_[at(i)];
        std::size_t stop = from;
        while (stop < columns.size() && columns[stop] < end) ++stop;
        const auto more = static_cast<std::int64_t>(stop - from);
        chains(query(i), pool_.rows(), pool_.dim(), columns.data() + from, more, values + from);
        done_[at(i)] = stop;
      }
    }
  }

  const PackedPool& pool_;
  const TileKernel& kernel_;
  S selection_;
  std::int64_t parts_;
  const float* queries_ = nullptr;
  bool absolute_ = false;  // whether similarities are without their signs
  std::int64_t count_ = 0, tiles_ = 0;
  Panels packed_, sums_;
  std::vector<float> thresholds_;
  std::vector<CandidateRow<S>> rows_;
  std::vector<std::size_t> done_;  // of each row's candidates
};

}  // namespace polyvocab
