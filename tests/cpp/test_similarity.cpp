#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "core/similarity/rows.h"
#include "core/similarity/sparsemax.h"

using namespace polyvocab;

namespace {

std::vector<float> random_rows(int rows, int dim, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(rows * dim));
  for (auto& value : values) value = normal(engine);
  return values;
}

}  // namespace

TEST_CASE("all tiles of this machine give the same bits") {
  for (const int dim : {1, 3, 64, 301}) {
    const auto queries = random_rows(95, dim, 1);
    const auto pool = random_rows(131, dim, 2);
    const SparseRows expected = PackedPool(pool.data(), 131, dim, *generic_tile(), 1).sparsemax(queries.data(), 95, 1);
    for (const char* name : {"avx2", "avx512"}) {
      const TileKernel* kernel = nullptr;
      try {
        kernel = &tile_kernel(name);
      } catch (const std::invalid_argument&) {
        MESSAGE("this machine cannot run " << name);
        continue;
      }
      for (const int threads : {1, 3}) {
        const SparseRows made = PackedPool(pool.data(), 131, dim, *kernel, threads).sparsemax(queries.data(), 95, threads);
        CHECK(made.indptr == expected.indptr);
        CHECK(made.indices == expected.indices);
        CHECK(made.weights == expected.weights);
      }
    }
  }
}

TEST_CASE("a row does not depend on which entries the threshold left out") {
  std::mt19937 engine(3);
  std::vector<float> values(5000);
  for (auto& value : values) value = std::uniform_real_distribution<float>(-1, 1)(engine);
  std::vector<std::int32_t> columns;
  std::vector<float> weights;
  SparsemaxRow row;
  for (const int delay : {0, 1, 7, 100, 1 << 20}) {  // the threshold that is looked at is this many entries old
    float threshold = row.threshold();
    for (std::int32_t i = 0; i < 5000; ++i) {
      if (delay == 0 || i % delay == 0) threshold = row.threshold();
      if (values[static_cast<std::size_t>(i)] > threshold) row.offer(i, values[static_cast<std::size_t>(i)]);
    }
    std::vector<std::int32_t> got_columns;
    std::vector<float> got_weights;
    row.finish(got_columns, got_weights);
    CHECK(std::is_sorted(got_columns.begin(), got_columns.end()));
    double sum = 0;
    for (const float weight : got_weights) sum += weight;
    CHECK(sum == doctest::Approx(1.0));
    if (delay == 0) {
      columns = got_columns;
      weights = got_weights;
    }
    CHECK(got_columns == columns);
    CHECK(got_weights == weights);
  }
}

TEST_CASE("normalizing names the first row that is not finite") {
  std::vector<float> rows(4000 * 2, 3.0F);
  CHECK(normalize_rows(rows.data(), 4000, 2, 2) == -1);
  CHECK(rows[0] == doctest::Approx(std::sqrt(0.5)));
  rows[2 * 3001] = NAN;
  rows[2 * 3999] = INFINITY;
  CHECK(normalize_rows(rows.data(), 4000, 2, 2) == 3001);
}

TEST_CASE("zero rows stay zero") {
  std::vector<float> rows{0, 0, 3, 4};
  CHECK(normalize_rows(rows.data(), 2, 2, 1) == -1);
  CHECK(rows[0] == 0.0F);
  CHECK(rows[2] == doctest::Approx(0.6));
}
