#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "core/pursuit/pursue.h"
#include "random_rows.h"

using namespace polyvocab;

namespace {

struct Pursued {
  std::vector<std::int64_t> sizes, atoms;
  std::vector<float> coefficients;
  bool operator==(const Pursued&) const = default;
};

Pursued pursue(Pursuits& pursuits, const std::vector<float>& targets) {
  const auto count = std::ssize(targets) / pursuits.dim();
  const auto entries = static_cast<std::size_t>(count * pursuits.steps());
  Pursued made{std::vector<std::int64_t>(static_cast<std::size_t>(count)), std::vector<std::int64_t>(entries),
               std::vector<float>(entries)};
  pursuits.pursue(targets.data(), count, made.sizes.data(), made.atoms.data(), made.coefficients.data());
  return made;
}

}  // namespace

TEST_CASE("pursuits are the same for every kernel and number of threads, and for targets that come later") {
  constexpr std::int64_t dim = 700, atoms = 90, steps = 5;
  const auto pool = random_rows(atoms, dim, 1);
  const auto targets = random_rows(70, dim, 2);
  const auto others = random_rows(3, dim, 3);
  const PackedPool plain(pool.data(), atoms, dim, *generic_tile(), 1);
  const Pursued expected = [&] {
    Pursuits alone(plain, steps, 1);
    return pursue(alone, targets);
  }();
  CHECK(std::ranges::all_of(expected.sizes, [](std::int64_t size) { return size == steps; }));
  for (const auto& name : tile_kernels()) {
    const PackedPool packed(pool.data(), atoms, dim, tile_kernel(name.c_str()), 1);
    for (const int threads : {1, 3}) {
      Pursuits pursuits(packed, steps, threads);
      CHECK(pursue(pursuits, targets) == expected);
      pursue(pursuits, others);
      CHECK(pursue(pursuits, targets) == expected);
    }
  }
}

TEST_CASE("targets that end early leave the others as they are") {
  constexpr std::int64_t dim = 20, atoms = 30, steps = 8;
  const auto pool = random_rows(atoms, dim, 4);
  const PackedPool packed(pool.data(), atoms, dim, tile_kernel(), 1);
  const auto some = random_rows(2, dim, 5);
  std::vector<float> targets(some.begin(), some.begin() + dim);
  targets.insert(targets.end(), dim, 0.0F);                             // nothing to explain
  targets.insert(targets.end(), pool.begin() + 7 * dim, pool.begin() + 8 * dim);  // an atom
  targets.insert(targets.end(), some.begin() + dim, some.end());
  Pursuits pursuits(packed, steps, 1);
  const Pursued together = pursue(pursuits, targets);
  const Pursued alone = pursue(pursuits, some);
  CHECK(together.sizes[1] == 0);
  CHECK(together.sizes[0] == alone.sizes[0]);
  CHECK(together.sizes[3] == alone.sizes[1]);
  for (std::size_t t = 0; t < steps; ++t) {
    CHECK(together.atoms[t] == alone.atoms[t]);
    CHECK(together.coefficients[3 * steps + t] == alone.coefficients[steps + t]);
  }
}
