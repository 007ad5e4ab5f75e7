#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <type_traits>
#include <vector>

#include "core/recipe/column_moments.h"
#include "core/recipe/combine_rows.h"

using namespace polyvocab;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

template <class Type>
constexpr Element element_of() {
  if (std::is_same_v<Type, Float32>) return Element::f32;
  return std::is_same_v<Type, BFloat16> ? Element::bf16 : Element::f16;
}

}  // namespace

TEST_CASE("copied, mixed, given and empty rows") {
  const std::vector<float> source{1, 2, 3, 4, 5, 6};  // 3 x 2
  const std::vector<std::int64_t> indptr{0, 1, 3, 3, 4, 4};
  const std::vector<std::int64_t> indices{2, 0, 1, 1};
  const std::vector<float> weights{1.0F, 0.5F, 0.25F, 2.0F};
  const std::vector<std::int64_t> slot{-1, -1, 0, 1, -1};
  const std::vector<float> given{10, 20, 100, 200};
  std::vector<float> target(10, -1.0F);
  const RecipeView recipe{5, indptr.data(), indices.data(), weights.data(), slot.data(), given.data()};
  for (const int threads : {1, 3}) {
    combine_rows(recipe, source.data(), target.data(), 2, Element::f32, threads);
    CHECK(target == std::vector<float>{5, 6, 1.25F, 2, 10, 20, 106, 208, 0, 0});
  }
}

TEST_CASE("a copied row keeps the bits of a NaN") {
  const std::vector<std::uint16_t> source{0x7FC1, 0xFFFF, 0x0001, 0x8000};
  const std::vector<std::int64_t> indptr{0, 1};
  const std::vector<std::int64_t> indices{0};
  const std::vector<float> weights{1.0F};
  std::vector<std::uint16_t> target(4);
  combine_rows({1, indptr.data(), indices.data(), weights.data(), nullptr, nullptr}, source.data(), target.data(), 4,
               Element::bf16, 1);
  CHECK(target == source);
}

TEST_CASE_TEMPLATE("rows that are read often give the same bits slice by slice", Type, Float32, BFloat16, Float16) {
  constexpr std::int64_t read = 3000;
  constexpr std::int64_t rows = 700;
  constexpr std::int64_t each = 50;  // entries of a row that is mixed
  constexpr std::int64_t dim = 901;
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> some(-1.0F, 1.0F);
  std::vector<typename Type::storage> source(read * dim);
  for (auto& value : source) value = Type::store(some(engine));
  std::vector<std::int64_t> indptr{0};
  std::vector<std::int64_t> indices;
  std::vector<float> weights;
  std::vector<std::int64_t> slot(rows, -1);
  for (std::int64_t row = 0; row < rows; ++row) {
    const bool copied = row % 7 == 0;
    for (std::int64_t e = 0; e < (copied ? 1 : each); ++e) {
      indices.push_back(static_cast<std::int64_t>(engine() % read));
      weights.push_back(copied ? 1.0F : some(engine));
    }
    indptr.push_back(static_cast<std::int64_t>(indices.size()));
  }
  slot[5] = 0;
  std::vector<float> given(dim);
  for (auto& value : given) value = some(engine);
  const Element type = element_of<Type>();
  std::vector<typename Type::storage> whole(rows * dim);
  std::vector<typename Type::storage> single(rows * dim);
  combine_rows({rows, indptr.data(), indices.data(), weights.data(), slot.data(), given.data()}, source.data(), whole.data(),
               dim, type, 3);
  for (std::int64_t row = 0; row < rows; ++row) {  // one row alone is summed as it is
    const std::vector<std::int64_t> ends{0, indptr[at(row + 1)] - indptr[at(row)]};
    combine_rows({1, ends.data(), indices.data() + indptr[at(row)], weights.data() + indptr[at(row)], slot.data() + row,
                  given.data()},
                 source.data(), single.data() + row * dim, dim, type, 1);
  }
  CHECK(std::memcmp(whole.data(), single.data(), whole.size() * sizeof(whole.front())) == 0);
}

TEST_CASE("moments of columns wider than one block") {
  constexpr int rows = 7;
  constexpr int dim = 130;
  std::vector<float> source;
  for (int i = 0; i < rows * dim; ++i) source.push_back(static_cast<float>((i * 37) % 11));
  std::vector<double> mean(dim);
  std::vector<double> std(dim);
  column_moments(source.data(), rows, dim, Element::f32, mean.data(), std.data(), 2);
  for (int d = 0; d < dim; ++d) {
    double sum = 0;
    double square = 0;
    for (int r = 0; r < rows; ++r) sum += source[static_cast<std::size_t>(r * dim + d)];
    for (int r = 0; r < rows; ++r) square += std::pow(source[static_cast<std::size_t>(r * dim + d)] - sum / rows, 2);
    CHECK(mean[static_cast<std::size_t>(d)] == doctest::Approx(sum / rows));
    CHECK(std[static_cast<std::size_t>(d)] == doctest::Approx(std::sqrt(square / rows)));
  }
}
