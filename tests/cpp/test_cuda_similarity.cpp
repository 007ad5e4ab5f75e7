// The similarity kernels on the emulator: no GPU, and the same source that the GPU runs.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "core/similarity/rows.h"
#include "cuda/similarity/rows.cu"

// ThreadSanitizer does not know these fibers; they are of one thread anyway.
#if !defined(__SANITIZE_THREAD__)

using namespace polyvocab;

namespace {

std::vector<float> unit_rows(int count, int dim, unsigned seed, float shared_part) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> rows(static_cast<std::size_t>(count * dim));
  for (auto& value : rows) value = normal(engine) + shared_part;
  normalize_rows(rows.data(), count, dim, 1);
  return rows;
}

void check_equal(const SparseRows& made, const SparseRows& expected) {
  CHECK(made.indptr == expected.indptr);
  CHECK(made.indices == expected.indices);
  CHECK(made.weights == expected.weights);
}

SparseRows on_cpu(const std::vector<float>& queries, const std::vector<float>& pool, int dim, const Selection& selection) {
  const auto rows = [&](const std::vector<float>& of) { return static_cast<std::int64_t>(of.size()) / dim; };
  return PackedPool(pool.data(), rows(pool), dim, tile_kernel(), 1).select(selection, queries.data(), rows(queries), 1);
}

struct Made {
  SparseRows rows;
  std::int64_t given_up;
};

Made on_emulator(const std::vector<float>& queries, const std::vector<float>& pool, int dim, const Selection& selection,
                 const cuda::DeviceSettings& settings = {}) {
  const auto rows = [&](const std::vector<float>& of) { return static_cast<std::int64_t>(of.size()) / dim; };
  cuda::DevicePool device(pool.data(), rows(pool), dim, settings);
  CHECK(device.size() == rows(pool));
  CHECK(device.dim() == dim);
  SparseRows made = device.select(selection, queries.data(), rows(queries), 1);
  return {std::move(made), device.given_up()};
}

const Selection selections[] = {Sparsemax{}, Entmax{}, TopK{1, 0.0}, TopK{10, 0.1}, TopK{150, 0.0}};

}  // namespace

TEST_CASE("the kernels' rows equal the CPU's bit for bit") {
  for (const int dim : {1, 37}) {
    const auto queries = unit_rows(19, dim, 1, 0.5F);
    const auto pool = unit_rows(520, dim, 2, 0.5F);
    for (const Selection& selection : selections) {
      check_equal(on_emulator(queries, pool, dim, selection).rows, on_cpu(queries, pool, dim, selection));
    }
  }
}

TEST_CASE("rows that lie close together, whose candidates are many") {
  constexpr int dim = 70;  // more than a chunk
  const auto queries = unit_rows(5, dim, 3, 8.0F);
  const auto pool = unit_rows(1100, dim, 4, 8.0F);
  for (const Selection& selection : {Selection(Sparsemax{}), Selection(Entmax{}), Selection(TopK{10, 0.1})}) {
    check_equal(on_emulator(queries, pool, dim, selection).rows, on_cpu(queries, pool, dim, selection));
  }
}

TEST_CASE("rows whose candidates do not fit are done by the CPU") {
  constexpr int dim = 16;
  auto queries = unit_rows(5, dim, 5, 0.0F);
  auto pool = unit_rows(900, dim, 6, 0.0F);
  for (int row = 200; row < 800; ++row) std::copy_n(queries.begin() + 2 * dim, dim, pool.begin() + row * dim);
  for (const Selection& selection : {Selection(Sparsemax{}), Selection(TopK{400, 0.5}), Selection(Entmax{})}) {
    const Made made = on_emulator(queries, pool, dim, selection, {0, 0, 512});
    check_equal(made.rows, on_cpu(queries, pool, dim, selection));
    CHECK(made.given_up >= 1);
    if (std::holds_alternative<Sparsemax>(selection)) CHECK(made.given_up == 1);
  }
}

TEST_CASE("of equal entries those in the smaller columns are taken") {
  constexpr int dim = 4;
  std::vector<float> pool;
  for (int row = 0; row < 700; ++row) {
    for (int d = 0; d < dim; ++d) pool.push_back(d == row % 2 ? 1.0F : 0.0F);
  }
  const std::vector<float> queries{1, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0};
  for (const Selection& selection : {Selection(TopK{7, 0.0}), Selection(TopK{360, 0.1}), Selection(Sparsemax{})}) {
    check_equal(on_emulator(queries, pool, dim, selection).rows, on_cpu(queries, pool, dim, selection));
  }
}

TEST_CASE("several slabs, a limit of memory, and wide rows in chunks") {
  const auto before = cuda::DeviceLimits::settings();
  for (const int dim : {50, 80}) {
    const auto queries = unit_rows(150, dim, 7, 0.3F);
    const auto pool = unit_rows(300, dim, 8, 0.3F);
    cuda::DeviceLimits::settings().shared = 80 * 1024;  // too little for the queries of a block beside wide chunks
    const cuda::DeviceSettings settings{0, 8 << 20, 0};
    check_equal(on_emulator(queries, pool, dim, TopK{3, 0.1}, settings).rows, on_cpu(queries, pool, dim, TopK{3, 0.1}));
    CHECK_THROWS_WITH(on_emulator(queries, pool, dim, Sparsemax{}, {0, 200'000, 0}), doctest::Contains("smallest slab"));
    CHECK_THROWS_WITH(on_emulator(queries, pool, dim, Sparsemax{}, {0, 1000, 0}), doctest::Contains("the pool needs"));
    cuda::DeviceLimits::settings() = before;
  }
}

TEST_CASE("no queries give no rows, and one row of a pool gets all of the weight") {
  const std::vector<float> pool{0.6F, 0.8F};
  CHECK(on_emulator({}, pool, 2, Sparsemax{}).rows.indptr == std::vector<std::int64_t>{0});
  const Made made = on_emulator({0.0F, 1.0F}, pool, 2, Entmax{});
  CHECK(made.rows.indices == std::vector<std::int32_t>{0});
  CHECK(made.rows.weights == std::vector<float>{1.0F});
}

#endif
