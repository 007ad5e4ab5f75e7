#include "cuda/similarity/rows.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <variant>

#include "cuda/similarity/slab.h"

namespace polyvocab::cuda {
namespace {

DeviceSelection on_device(const Selection& selection) {
  if (std::holds_alternative<Sparsemax>(selection)) return {Rule::sparsemax, 0, 0.0};
  if (std::holds_alternative<Entmax>(selection)) return {Rule::entmax, 0, 0.0};
  const auto& top = std::get<TopK>(selection);
  const auto most = static_cast<std::int64_t>(std::numeric_limits<std::int32_t>::max());
  return {Rule::top_k, static_cast<std::int32_t>(std::min(top.k, most)), top.temperature};
}

// `rows` with those that are in `lost` (and empty there) taken from `found`, one after the other.
SparseRows filled(const SparseRows& rows, const std::vector<std::int64_t>& lost, const SparseRows& found) {
  SparseRows all;
  all.indptr.reserve(rows.indptr.size());
  all.indices.reserve(rows.indices.size() + found.indices.size());
  all.weights.reserve(rows.weights.size() + found.weights.size());
  all.indptr.push_back(0);
  std::size_t next = 0;
  for (std::size_t row = 0; row + 1 < rows.indptr.size(); ++row) {
    const bool was_lost = next < lost.size() && lost[next] == static_cast<std::int64_t>(row);
    const SparseRows& from = was_lost ? found : rows;
    const std::size_t at = was_lost ? next++ : row;
    const std::int64_t begin = from.indptr[at];
    const std::int64_t end = from.indptr[at + 1];
    all.indices.insert(all.indices.end(), from.indices.begin() + begin, from.indices.begin() + end);
    all.weights.insert(all.weights.end(), from.weights.begin() + begin, from.weights.begin() + end);
    all.indptr.push_back(static_cast<std::int64_t>(all.indices.size()));
  }
  return all;
}

}  // namespace

struct DevicePool::State {
  State(const float* from, std::int64_t count, std::int64_t dim, const DeviceSettings& given)
      : settings(given), host_rows(from), limits(DeviceLimits::of(given.device)) {
    if (count > std::numeric_limits<std::int32_t>::max() - tile_columns) throw std::length_error("a pool of 2^31 rows or more");
    pool.count = count;
    pool.dim = dim;
    const std::int64_t padded_count = whole(count, tile_columns);
    const std::int64_t padded_dim = whole(dim, step);
    const auto free = static_cast<std::int64_t>(limits.free / 4 * 3);
    const std::int64_t needed = count * dim * 4 + padded_count * padded_dim * 2 + 16;
    slab_memory = (settings.memory > 0 ? settings.memory : free) - needed;
    if (slab_memory <= 0) {
      throw std::runtime_error("device memory: the pool needs " + std::to_string(needed) + " bytes, and " +
                               std::to_string(slab_memory + needed) + " may be used");
    }
    pool.rows.reserve(count * dim);
    pool.halves.reserve(padded_count * padded_dim);
    pool.largest.reserve(1);
    pool.largest.clear(1, stream);
    pool.rows.upload(from, count * dim, stream);
    make_halves({pool.rows.get(), count, padded_count, static_cast<std::int32_t>(dim), static_cast<std::int32_t>(padded_dim),
                 pool.halves.get(), nullptr, pool.largest.get()},
                stream);
    stream.wait();
  }

  // A slab of another capacity is a new one: what is kept of two would be more than the limit.
  Slab& slab_for(const Plan& plan) {
    if (!slab || capacity != plan.capacity) {
      slab.reset();
      slab = std::make_unique<Slab>();
      capacity = plan.capacity;
    }
    slab->reset_seconds();
    return *slab;
  }

  // Of the rows that were given up.
  SparseRows select_on_cpu(const Selection& selection, const float* queries, const std::vector<std::int64_t>& lost,
                           int threads) {
    const auto dim = static_cast<std::size_t>(pool.dim);
    if (!packed) packed = std::make_unique<PackedPool>(host_rows, pool.count, pool.dim, tile_kernel(), threads);
    std::vector<float> rows(lost.size() * dim);
    for (std::size_t i = 0; i < lost.size(); ++i) std::copy_n(queries + lost[i] * pool.dim, dim, rows.data() + i * dim);
    return packed->select(selection, rows.data(), static_cast<std::int64_t>(lost.size()), threads);
  }

  DeviceSettings settings;
  const float* host_rows;
  DeviceLimits limits;
  Stream stream;
  DeviceRows pool;
  std::unique_ptr<Slab> slab;
  std::int32_t capacity = 0;  // of the slab
  std::int64_t slab_memory = 0;
  std::unique_ptr<PackedPool> packed;  // where a row was given up
  std::int64_t given_up = 0;
};

DevicePool::DevicePool(const float* rows, std::int64_t count, std::int64_t dim, const DeviceSettings& settings) {
  const OnDevice here(settings.device);
  state_ = std::make_unique<State>(rows, count, dim, settings);
}

DevicePool::~DevicePool() = default;

std::int64_t DevicePool::size() const { return state_->pool.count; }
std::int64_t DevicePool::dim() const { return state_->pool.dim; }
double DevicePool::seconds() const { return state_->slab ? state_->slab->seconds() : 0.0; }
std::int64_t DevicePool::given_up() const { return state_->given_up; }

SparseRows DevicePool::select(const Selection& selection, const float* queries, std::int64_t count, int threads) {
  State& state = *state_;
  SparseRows rows;
  rows.indptr.push_back(0);
  state.given_up = 0;
  if (count == 0) return rows;
  const OnDevice here(state.settings.device);
  const DeviceSelection chosen = on_device(selection);
  const Plan plan = plan_of(chosen, state.pool.count, state.pool.dim, count, state.settings.candidates, state.slab_memory,
                            state.limits.processors, state.limits.shared);
  Slab& slab = state.slab_for(plan);
  std::vector<std::int64_t> lost;
  for (std::int64_t first = 0; first < count; first += plan.slab) {
    slab.select(state.pool, plan, chosen, queries + first * state.pool.dim, std::min(plan.slab, count - first), first, rows,
                lost, state.stream);
  }
  if (lost.empty()) return rows;
  state.given_up = static_cast<std::int64_t>(lost.size());
  return filled(rows, lost, state.select_on_cpu(selection, queries, lost, threads));
}

}  // namespace polyvocab::cuda
