// What the similarity kernels compute of bounds, thresholds and margins, in plain C++, against core/similarity.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "core/recipe/element.h"
#include "core/similarity/chains.h"
#include "core/similarity/exponential.h"
#include "core/similarity/rows.h"
#include "cuda/similarity/selection.h"

using namespace polyvocab;

namespace {

// What a warp gives the bounds.
class Entries {
 public:
  explicit Entries(const std::vector<float>& values) : values_(values) {}
  std::int32_t size() const { return static_cast<std::int32_t>(values_.size()); }
  float largest() const { return *std::max_element(values_.begin(), values_.end()); }
  cuda::Above above(double tau) const {
    cuda::Above all;
    for (const double value : values_) {
      all.count += value > tau ? 1.0 : 0.0;
      all.sum += value > tau ? value : 0.0;
    }
    return all;
  }
  cuda::Above halves_above(double tau) const {
    cuda::Above all;
    for (const double value : values_) {
      const double positive = std::max(0.5 * value - tau, 0.0);
      all.sum += positive;
      all.squares += positive * positive;
    }
    return all;
  }
  std::int32_t at_least(std::uint32_t key) const {
    return static_cast<std::int32_t>(
        std::count_if(values_.begin(), values_.end(), [&](float value) { return cuda::key_of(value) >= key; }));
  }

 private:
  const std::vector<float>& values_;
};

template <class Prefix>
SparseRows weighed(const std::vector<float>& values, Prefix prefix) {
  std::vector<float> ordered = values;
  std::sort(ordered.begin(), ordered.end(), std::greater<>());
  double tau = 0.0;
  Prefix sums = prefix;
  for (std::int32_t size = 1; size <= static_cast<std::int32_t>(ordered.size()); ++size) {
    const float value = ordered[static_cast<std::size_t>(size - 1)];
    sums.add(value);
    if (!sums.keeps(value, size)) break;
    tau = sums.tau(size);
  }
  SparseRows out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float weight = prefix.weight(values[i], tau);
    if (weight <= 0.0F) continue;
    out.indices.push_back(static_cast<std::int32_t>(i));
    out.weights.push_back(weight);
  }
  return out;
}

template <class S>
SparseRows weighed_by_core(const std::vector<float>& values, const S& selection) {
  std::vector<std::int32_t> columns(values.size());
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = static_cast<std::int32_t>(i);
  std::vector<float> copy = values;
  SparseRows out;
  selection.weigh(columns, copy, out);
  return out;
}

std::vector<std::vector<float>> kinds_of_values() {
  std::mt19937 engine(11);
  std::vector<std::vector<float>> all{{0.5F}, {-1.0F, -1.0F}, std::vector<float>(700, 0.25F)};
  for (const float spread : {1e-6F, 1e-3F, 0.1F, 1.0F}) {
    for (const int count : {2, 33, 1000}) {
      std::uniform_real_distribution<float> some(1.0F - 2.0F * spread, 1.0F);
      std::vector<float> values(static_cast<std::size_t>(count));
      for (auto& value : values) value = some(engine);
      values.push_back(values.front());
      all.push_back(std::move(values));
    }
  }
  return all;
}

// The kernels' bound lies below every entry that gets a weight.
template <class S>
void check_bound(const std::vector<float>& values, const S& selection, const cuda::DeviceSelection& on_device) {
  const double bound = cuda::bound_of(on_device, Entries(values));
  const SparseRows taken = weighed_by_core(values, selection);
  float least = INFINITY;
  for (const std::int32_t column : taken.indices) least = std::min(least, values[static_cast<std::size_t>(column)]);
  CHECK(bound <= least);
  CHECK(bound >= std::min(selection.bound(values), double{least}) - 1e-4);  // and not far below the CPU's
}

}  // namespace

TEST_CASE("bounds lie below what gets a weight, and near it") {
  for (const auto& values : kinds_of_values()) {
    check_bound(values, Sparsemax{}, {cuda::Rule::sparsemax, 0, 0.0});
    check_bound(values, Entmax{}, {cuda::Rule::entmax, 0, 0.0});
    if (values.size() < 33) continue;
    check_bound(values, TopK{20, 0.0}, {cuda::Rule::top_k, 20, 0.0});
    CHECK(cuda::bound_of({cuda::Rule::top_k, 5000, 0.0}, Entries(values)) == -INFINITY);
  }
}

TEST_CASE("thresholds from prefixes are those of the core, bit for bit") {
  for (const auto& values : kinds_of_values()) {
    const SparseRows sparse = weighed(values, cuda::SparsemaxPrefix{});
    const SparseRows sparse_core = weighed_by_core(values, Sparsemax{});
    CHECK(sparse.indices == sparse_core.indices);
    CHECK(sparse.weights == sparse_core.weights);
    const double top = 0.5 * static_cast<double>(*std::max_element(values.begin(), values.end()));
    const SparseRows ent = weighed(values, cuda::EntmaxPrefix{top});
    const SparseRows ent_core = weighed_by_core(values, Entmax{});
    CHECK(ent.indices == ent_core.indices);
    CHECK(ent.weights == ent_core.weights);
  }
}

TEST_CASE("keys have the order of floats") {
  const std::vector<float> rising{-INFINITY, -2.0F, -1e-40F, -0.0F, 0.0F, 1e-40F, 0.5F, 1.0F, INFINITY};
  for (std::size_t i = 1; i < rising.size(); ++i) CHECK(cuda::key_of(rising[i - 1]) < cuda::key_of(rising[i]));
  for (const float value : rising) CHECK(cuda::float_of(cuda::key_of(value)) == value);
}

TEST_CASE("a raised threshold lies below the bound by the slack, and never falls") {
  CHECK(cuda::raised(0.5F, 0.3, 0.1) == 0.5F);
  CHECK(cuda::raised(-3e38F, -INFINITY, 0.1) == -3e38F);
  for (const double bound : {0.1, 0.7, 1.0 / 3.0}) CHECK(double{cuda::raised(-1.0F, bound, 1e-3)} < bound - 1e-3);
}

TEST_CASE("products of halves, cut off at every step, lie within the margin") {
  constexpr int dim = 300;
  std::mt19937 engine(12);
  std::normal_distribution<float> normal;
  double nearest = 1.0;
  for (int i = 0; i < 200; ++i) {
    std::vector<float> a(dim), b(dim);
    for (int k = 0; k < dim; ++k) {
      a[static_cast<std::size_t>(k)] = normal(engine);
      b[static_cast<std::size_t>(k)] = i % 2 == 0 ? normal(engine) : a[static_cast<std::size_t>(k)] + 1e-3F * normal(engine);
    }
    normalize_rows(a.data(), 1, dim, 1);
    normalize_rows(b.data(), 1, dim, 1);
    const auto rounded = [](float value) { return Float16::load(Float16::store(value)); };
    const double margin =
        cuda::half_margin(RowRounding::of(a.data(), dim, rounded), RowRounding::of(b.data(), dim, rounded), dim);
    float sum = 0.0F;
    for (int k = 0; k < dim; ++k) {  // worse than a tensor core: each single sum is rounded toward zero
      const auto at = static_cast<std::size_t>(k);
      const double exact = double{sum} + double{rounded(a[at])} * double{rounded(b[at])};
      const auto next = static_cast<float>(exact);
      sum = std::abs(double{next}) > std::abs(exact) ? std::nextafter(next, 0.0F) : next;
    }
    float chain = 0.0F;
    const std::int32_t column = 0;
    generic_chains(a.data(), b.data(), dim, &column, 1, &chain);
    CHECK(std::abs(double{sum} - double{chain}) <= margin);
    CHECK(margin < 8e-4);
    nearest = std::min(nearest, margin - std::abs(double{sum} - double{chain}));
  }
  CHECK(nearest > 0.0);
}

TEST_CASE("the exponential is within a few units of the last place, and ends in zero") {
  for (double x = 0.0; x > -699.0; x -= 0.0371) {
    const double expected = std::exp(x);
    CHECK(std::abs(falling_exponential(x) - expected) <= 4e-16 * expected);
  }
  CHECK(falling_exponential(0.0) == 1.0);
  CHECK(falling_exponential(-0.0) == 1.0);
  CHECK(falling_exponential(-701.0) == 0.0);
  CHECK(falling_exponential(-INFINITY) == 0.0);
}
