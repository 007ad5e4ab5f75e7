#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <stdexcept>
#include <vector>

#include "core/vectors/noise.h"
#include "core/vectors/random.h"
#include "core/vectors/step.h"
#include "core/vectors/subwords.h"
#include "core/vectors/team.h"

using namespace polyvocab;

namespace {

std::vector<float> random_floats(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (auto& value : values) value = normal(engine);
  return values;
}

// All that a kernel computes of some rows, one behind the other.
std::vector<float> everything(const StepKernel& kernel, std::size_t width) {
  constexpr std::size_t rows = 9;
  const std::size_t stride = width + step_lanes;
  const auto table = random_floats(rows * stride, 1);
  const auto hidden = random_floats(width, 2);
  const auto weights = random_floats(7, 3);
  const std::vector<std::uint32_t> index{3, 0, 8, 3, 5, 1, 2};
  std::vector<std::uint32_t> targets = index;
  targets[0] |= positive_target;
  const RowPart part{stride, width};
  std::vector<float> out(4 * width + 4 * index.size());
  float* at = out.data();
  kernel.sum_rows(table.data(), index.data(), index.size(), 0.3F, part, at);
  at += width;
  std::memcpy(at, hidden.data(), width * sizeof(float));
  kernel.move_row(table.data(), index.data(), weights.data(), index.size(), 0.7F, part, at);
  at += width;
  kernel.pull(table.data(), targets.data(), weights.data(), index.size(), part, at);
  at += width;
  kernel.sum_rows(table.data(), index.data(), 0, 1.0F, part, at);
  at += width;
  kernel.dots(hidden.data(), table.data(), targets.data(), index.size(), part, at, at + index.size());
  kernel.answer(at, targets.data(), index.size(), 0.05F, at + 2 * index.size(), at + 3 * index.size());
  return out;
}

}  // namespace

TEST_CASE("all step kernels of this machine give the same bits") {
  for (const std::size_t width : {16U, 32U, 48U, 64U, 112U, 304U}) {
    const auto expected = everything(*generic_step(), width);
    for (const char* name : {"avx2", "avx512"}) {
      const StepKernel* kernel = nullptr;
      try {
        kernel = &step_kernel(name);
      } catch (const std::invalid_argument&) {
        MESSAGE("this machine cannot run " << name);
        continue;
      }
      const auto made = everything(*kernel, width);
      CHECK(std::memcmp(made.data(), expected.data(), made.size() * sizeof(float)) == 0);
    }
  }
  CHECK_THROWS_AS(step_kernel("none"), std::invalid_argument);
}

TEST_CASE("the sigmoid and the loss are those of libm, nearly") {
  for (float x = -40.0F; x < 40.0F; x += 0.37F) {
    const std::uint32_t target = 0;
    float slope, bend;
    generic_step()->answer(&x, &target, 1, 1.0F, &slope, &bend);
    const double bounded = std::fmin(std::fmax(x, -30.0), 30.0);
    const double p = 1.0 / (1.0 + std::exp(-bounded));
    CHECK(-slope == doctest::Approx(p).epsilon(1e-6));
    CHECK(bend == doctest::Approx(p * (1 - p)).epsilon(1e-3));
    CHECK(softplus(x) == doctest::Approx(std::log1p(std::exp(static_cast<double>(x)))).epsilon(1e-9));
  }
}

TEST_CASE("noise follows the power of the counts") {
  const std::vector<std::int64_t> counts{1000, 1, 300, 300, 20};
  const NoiseTable table(counts);
  const CountedRandom random(1, 2);
  std::vector<double> seen(counts.size());
  constexpr int draws = 400000;
  for (int i = 0; i < draws; ++i) seen[table.draw(random(static_cast<std::uint64_t>(i)))] += 1.0 / draws;
  double total = 0.0;
  for (const auto count : counts) total += std::pow(static_cast<double>(count), 0.75);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    CHECK(seen[i] == doctest::Approx(std::pow(static_cast<double>(counts[i]), 0.75) / total).epsilon(0.05));
  }
  CHECK(NoiseTable({7}).draw(~0ULL) == 0);
}

TEST_CASE("n-grams of bytes that are no UTF-8 stay inside the word") {
  std::vector<std::uint32_t> buckets;
  subword_buckets("\xff\x80\xc3", 1, 6, 1000, buckets);
  CHECK(!buckets.empty());
  const Subwords found = find_subwords("abab", {0, 2, 4, 4}, 3, 6, 1u << 20);
  CHECK(found.indptr == std::vector<std::int64_t>{0, 3, 6, 6});  // <ab, <ab>, ab>, twice; of nothing "<>" has no three
  CHECK(found.rows == std::vector<std::uint32_t>{0, 1, 2, 0, 1, 2});
}

TEST_CASE("workers that meet see what the others did before") {
  constexpr std::size_t steps = 2000;
  for (const int threads : {1, 2, 5}) {
    std::vector<std::atomic<std::size_t>> done(static_cast<std::size_t>(threads));
    std::atomic<int> wrong{0};
    work_together(
        threads, [](std::uint32_t workers) { return MeetingPoint(workers); },
        [&](std::size_t worker, std::size_t workers, MeetingPoint& meet) {
          for (std::size_t step = 1; step <= steps; ++step) {
            done[worker].store(step, std::memory_order_relaxed);
            meet.wait();
            for (std::size_t other = 0; other < workers; ++other) wrong += done[other].load(std::memory_order_relaxed) != step;
            meet.wait();
          }
        });
    CHECK(wrong == 0);
  }
}
