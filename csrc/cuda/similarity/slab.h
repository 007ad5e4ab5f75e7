// One slab of queries through all kernels.
//
// Promises: device memory is kept from slab to slab and grows at most to what the plan says.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/similarity/candidates.h"
#include "cuda/device/launch.h"
#include "cuda/device/memory.h"
#include "cuda/device/scan.h"
#include "cuda/similarity/halves.h"
#include "cuda/similarity/plan.h"

namespace polyvocab::cuda {

inline constexpr int small_threads = 256;  // of the kernels that have a warp a row
inline constexpr int small_rows = small_threads / 32;

// The pool as the kernels read it.
struct DeviceRows {
  DeviceArray<float> rows;
  DeviceArray<Half> halves;
  DeviceArray<RowRounding> largest;
  std::int64_t count = 0;
  std::int64_t dim = 0;
};

inline void make_halves(const HalvesTask& task, const Stream& stream) {
  launch("halves kernel", halves_kernel<small_threads>, (task.padded_count + small_rows - 1) / small_rows, small_threads, 0,
         stream, task);
}

class Slab {
 public:
  // Appends the result of each query to `out`, and the numbers (from `first` on) of those that were given up, whose rows are
  // empty, to `lost`.
  void select(const DeviceRows& pool, const Plan& plan, const DeviceSelection& selection, const float* queries,
              std::int64_t count, std::int64_t first, SparseRows& out, std::vector<std::int64_t>& lost, const Stream& stream) {
    const std::int64_t padded = whole(count, tile_rows);
    reserve(plan, pool.dim);
    queries_.upload(queries, count * pool.dim, stream);
    timer_.start(stream);
    make_halves({queries_.get(), count, padded, static_cast<std::int32_t>(pool.dim), plan.padded_dim, halves_.get(),
                 roundings_.get(), nullptr},
                stream);
    multiply(pool, plan, selection, count, stream);
    timer_.stop(stream);
    counts_on_host_.resize(static_cast<std::size_t>(count));
    counts_.download(counts_on_host_.data(), count, stream);
    seconds_ += timer_.seconds();
    for (std::int64_t i = 0; i < count; ++i) {
      if (counts_on_host_[static_cast<std::size_t>(i)] == given_up) lost.push_back(first + i);
    }
    finish(pool, plan, selection, count, stream);
    append(plan, count, out, stream);
  }

  double seconds() const { return seconds_; }
  void reset_seconds() { seconds_ = 0.0; }

 private:
  RowBuffers buffers(const Plan& plan) const { return {columns_.get(), values_.get(), plan.capacity}; }

  void reserve(const Plan& plan, std::int64_t dim) {
    queries_.reserve(plan.slab * dim);
    halves_.reserve(plan.slab * plan.padded_dim);
    roundings_.reserve(plan.slab);
    columns_.reserve(plan.slab * plan.capacity);
    values_.reserve(plan.slab * plan.capacity);
    counts_.reserve(plan.slab);
    taken_.reserve(plan.slab + 1);
    first_.reserve(plan.slab + 1);
  }

  void multiply(const DeviceRows& pool, const Plan& plan, const DeviceSelection& selection, std::int64_t count,
                const Stream& stream) {
    const ProductTask task{halves_.get(),
                           pool.halves.get(),
                           roundings_.get(),
                           pool.largest.get(),
                           static_cast<std::int32_t>(count),
                           static_cast<std::int32_t>(pool.count),
                           static_cast<std::int32_t>(pool.dim),
                           plan.padded_dim,
                           selection,
                           buffers(plan),
                           counts_.get()};
    const auto kernel = plan.resident ? product_kernel<wide_chunk, true> : product_kernel<narrow_chunk, false>;
    launch("product kernel", kernel, (count + tile_rows - 1) / tile_rows, product_threads, plan.product_shared, stream, task);
  }

  // Shared memory for the row that has most: few have many.
  void finish(const DeviceRows& pool, const Plan& plan, const DeviceSelection& selection, std::int64_t count,
              const Stream& stream) {
    const auto dim = static_cast<std::int32_t>(pool.dim);
    const std::int32_t size = whole_power(*std::max_element(counts_on_host_.begin(), counts_on_host_.end()));
    const FinishTask task{queries_.get(), pool.rows.get(), counts_.get(), dim, selection, buffers(plan), taken_.get()};
    timer_.start(stream);
    taken_.clear(count + 1, stream);
    launch("finish kernel", finish_kernel, count, finish_threads, finish_bytes(dim, size), stream, task, size);
    sums_before(taken_.get(), first_.get(), count, scan_space_, stream);
    timer_.stop(stream);
  }

  void append(const Plan& plan, std::int64_t count, SparseRows& out, const Stream& stream) {
    firsts_on_host_.resize(static_cast<std::size_t>(count) + 1);
    first_.download(firsts_on_host_.data(), count + 1, stream);
    seconds_ += timer_.seconds();
    const std::int64_t entries = firsts_on_host_.back();
    // Some more than needed, so that the next slab mostly fits; the plan has room for this.
    const std::int64_t room = std::min(entries + entries / 4, plan.slab * plan.capacity);
    indices_.reserve(room);
    weights_.reserve(room);
    timer_.start(stream);
    launch("gather kernel", gather_kernel<small_threads>, (count + small_rows - 1) / small_rows, small_threads, 0, stream,
           buffers(plan), static_cast<const std::int64_t*>(first_.get()), count, indices_.get(), weights_.get());
    timer_.stop(stream);
    const std::size_t before = out.indices.size();
    out.indices.resize(before + static_cast<std::size_t>(entries));
    out.weights.resize(before + static_cast<std::size_t>(entries));
    if (entries > 0) {
      indices_.download(out.indices.data() + before, entries, stream);
      weights_.download(out.weights.data() + before, entries, stream);
    }
    seconds_ += timer_.seconds();
    for (std::size_t i = 1; i < firsts_on_host_.size(); ++i) {
      out.indptr.push_back(static_cast<std::int64_t>(before) + firsts_on_host_[i]);
    }
  }

  DeviceArray<float> queries_;
  DeviceArray<Half> halves_;
  DeviceArray<RowRounding> roundings_;
  DeviceArray<std::int32_t> columns_;
  DeviceArray<float> values_;
  DeviceArray<std::int32_t> counts_;
  DeviceArray<std::int64_t> taken_;
  DeviceArray<std::int64_t> first_;
  DeviceArray<char> scan_space_;
  DeviceArray<std::int32_t> indices_;
  DeviceArray<float> weights_;
  std::vector<std::int32_t> counts_on_host_;
  std::vector<std::int64_t> firsts_on_host_;
  Timer timer_;
  double seconds_ = 0.0;
};

}  // namespace polyvocab::cuda
