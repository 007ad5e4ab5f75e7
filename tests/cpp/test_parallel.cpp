#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "core/parallel.h"

using namespace polyvocab;

TEST_CASE("every block runs once, on any number of threads") {
  for (const int threads : {0, 1, 2, 7}) {
    std::vector<int> runs(100);
    parallel_blocks(100, threads, [&](std::int64_t block) { ++runs[static_cast<std::size_t>(block)]; });
    CHECK(runs == std::vector<int>(100, 1));
  }
  parallel_blocks(0, 4, [](std::int64_t) { FAIL("there is no block"); });
}

TEST_CASE("a thread keeps what it has made for itself") {
  for (const int threads : {1, 3}) {
    std::atomic<int> made = 0, kept = 0;
    struct Own {
      std::atomic<int>& kept;
      int blocks = 0;
      ~Own() { kept += blocks; }
    };
    parallel_blocks(
        100, threads, [&] { return ++made, Own{kept}; }, [](Own& own, std::int64_t) { ++own.blocks; });
    CHECK(made == threads);
    CHECK(kept == 100);
  }
}

TEST_CASE("the exception of a block reaches the caller") {
  for (const int threads : {1, 4}) {
    CHECK_THROWS_WITH_AS(parallel_blocks(50, threads,
                                         [](std::int64_t block) {
                                           if (block == 13) throw std::runtime_error("block 13");
                                         }),
                         "block 13", std::runtime_error);
  }
}
