#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "core/similarity/rows.h"
#include "random_rows.h"

using namespace polyvocab;

TEST_CASE("all tiles of this machine give the same bits") {
  for (const int dim : {1, 3, 64, 301, 901, 2050}) {
    auto queries = random_rows(95, dim, 1);
    auto pool = random_rows(131, dim, 2);
    normalize_rows(queries.data(), 95, dim, 1);
    normalize_rows(pool.data(), 131, dim, 1);
    for (const Selection& selection : {Selection(Sparsemax{}), Selection(Entmax{}), Selection(TopK{5, 0.0})}) {
      const SparseRows expected =
          PackedPool(pool.data(), 131, dim, *generic_tile(), 1).select(selection, queries.data(), 95, 1);
      for (const std::string& name : tile_kernels()) {
        for (const int threads : {1, 3}) {
          const PackedPool packed(pool.data(), 131, dim, tile_kernel(name.c_str()), threads);
          const SparseRows made = packed.select(selection, queries.data(), 95, threads);
          CHECK(made.indptr == expected.indptr);
          CHECK(made.indices == expected.indices);
          CHECK(made.weights == expected.weights);
        }
      }
    }
  }
}

TEST_CASE("products of bfloat16 numbers lie within the margin") {
  constexpr int dim = 300;
  auto queries = random_rows(64, dim, 5);
  auto pool = random_rows(64, dim, 6);
  normalize_rows(queries.data(), 64, dim, 1);
  normalize_rows(pool.data(), 64, dim, 1);
  for (const std::string& name : tile_kernels()) {
    const TileKernel& kernel = tile_kernel(name.c_str());
    Panels a(1, kernel.panel_bytes(kernel.rows, dim));
    Panels b(1, kernel.panel_bytes(kernel.cols, dim));
    kernel.pack_rows(queries.data(), kernel.rows, dim, a[0]);
    kernel.pack_cols(pool.data(), kernel.cols, dim, b[0]);
    const auto entries = [&](float threshold, bool absolute) {  // 0 where nothing was found
      const std::vector<float> thresholds(max_tile_rows, threshold);
      TileHits hits;
      if (kernel.begin != nullptr) kernel.begin();
      kernel.multiply(a[0], b[0], dim, thresholds.data(), absolute, {nullptr, 0}, hits);
      if (kernel.end != nullptr) kernel.end();
      std::vector<float> all(static_cast<std::size_t>(kernel.rows * kernel.cols));
      int last = -1;
      for (int i = 0; i < hits.count; ++i) {
        const int place = hits.rows[i] * kernel.cols + hits.columns[i];
        CHECK(place > last);
        CHECK(hits.values[i] > threshold);
        all[static_cast<std::size_t>(last = place)] = hits.values[i];
      }
      return all;
    };
    const std::vector<float> products = entries(-2.0F, false);
    const std::vector<float> larger = entries(0.05F, false);
    const std::vector<float> sizes = entries(0.05F, true);
    for (int r = 0; r < kernel.rows; ++r) {
      const float* const query = queries.data() + r * dim;
      for (std::int32_t c = 0; c < kernel.cols; ++c) {
        float exact = 0.0F;
        generic_chains(query, pool.data(), dim, &c, 1, &exact);
        const auto place = static_cast<std::size_t>(r * kernel.cols + c);
        const float got = products[place];
        const RowRounding other = bfloat16_rounding(pool.data() + c * dim, dim);
        const double margin = bfloat16_margin(bfloat16_rounding(query, dim), other, dim);
        CHECK(std::abs(double{got} - double{exact}) <= (kernel.exact ? 0.0 : margin));
        CHECK(larger[place] == (got > 0.05F ? got : 0.0F));
        CHECK(sizes[place] == (std::abs(got) > 0.05F ? std::abs(got) : 0.0F));
      }
    }
  }
}

TEST_CASE("chains are the same on every instruction set") {
  for (const int dim : {1, 2, 4, 7, 300}) {
    const auto query = random_rows(1, dim, 7);
    const auto pool = random_rows(100, dim, 8);
    for (const int count : {1, 15, 16, 17, 32, 33, 80}) {
      std::vector<std::int32_t> columns;
      for (int i = 0; i < count; ++i) columns.push_back((i * 37) % 100);
      std::vector<float> plain(columns.size()), wide(columns.size());
      generic_chains(query.data(), pool.data(), dim, columns.data(), count, plain.data());
      chain_kernel()(query.data(), pool.data(), dim, columns.data(), count, wide.data());
      CHECK(plain == wide);
    }
  }
}

TEST_CASE_TEMPLATE("a row does not depend on which entries the threshold left out", S, Sparsemax, Entmax) {
  std::mt19937 engine(3);
  std::vector<float> values(5000);
  for (auto& value : values) value = std::uniform_real_distribution<float>(-1, 1)(engine);
  SparseRows expected;
  CandidateRow<S> row;
  const S selection;
  for (const int delay : {0, 1, 7, 100, 1 << 20}) {  // the threshold that is looked at is this many entries old
    row.begin(selection, 0.0);
    float threshold = row.threshold();
    for (std::int32_t i = 0; i < 5000; ++i) {
      if (delay == 0 || i % delay == 0) threshold = row.threshold();
      const float value = values[static_cast<std::size_t>(i)];
      if (value > threshold) row.offer(i, value);
    }
    row.shrink();
    SparseRows got;
    row.finish(got);
    CHECK(std::is_sorted(got.indices.begin(), got.indices.end()));
    double sum = 0;
    for (const float weight : got.weights) sum += weight;
    CHECK(sum == doctest::Approx(1.0));
    if (delay == 0) expected = got;
    CHECK(got.indices == expected.indices);
    CHECK(got.weights == expected.weights);
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
