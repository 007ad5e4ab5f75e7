#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "core/parallel.h"
#include "core/tokenizer/turn_ids.h"

using namespace polyvocab;

namespace {

IdBuffer filled(IdBuffer buffer, TokenId first, std::size_t count) {
  CHECK(buffer.size() == 0);
  for (std::size_t i = 0; i < count; ++i) buffer.add(first + static_cast<TokenId>(i));
  return buffer;
}

// Turns of these sizes, which end in this order, in so many threads.
void check_turns(const std::vector<std::size_t>& sizes, const std::vector<std::size_t>& order, int threads) {
  std::vector<std::size_t> begins(sizes.size() + 1);
  std::partial_sum(sizes.begin(), sizes.end(), begins.begin() + 1);
  TurnIds turns(sizes.size());
  parallel_blocks(std::ssize(sizes), threads, [&](std::int64_t block) {
    const std::size_t turn = order[static_cast<std::size_t>(block)];
    turns.end(turn, filled(turns.buffer(), static_cast<TokenId>(begins[turn]), sizes[turn]));
  });
  const IdBuffer found = turns.finish();
  std::vector<TokenId> expected(begins.back());
  std::iota(expected.begin(), expected.end(), TokenId{0});
  CHECK(std::ranges::equal(found.ids(), expected));
  for (std::size_t turn = 0; turn < sizes.size(); ++turn) CHECK(turns.begin(turn) == begins[turn]);
}

}  // namespace

TEST_CASE("ids of turns that end in any order lie in the order of the turns") {
  std::mt19937 random(5);
  std::vector<std::size_t> sizes(300), order(sizes.size());
  for (std::size_t& size : sizes) size = random() % 3000;
  std::iota(order.begin(), order.end(), std::size_t{0});
  check_turns(sizes, order, 1);
  check_turns(sizes, {order.rbegin(), order.rend()}, 1);
  for (const int threads : {1, 2, 5}) {
    std::ranges::shuffle(order, random);
    check_turns(sizes, order, threads);
  }
}

TEST_CASE("turns with more ids than the first ones let expect") {
  const std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
  for (const int threads : {1, 3}) {
    check_turns({1, 5, 70000, 3, 1200000, 9}, order, threads);
    check_turns({0, 0, 70000, 0, 3, 2}, order, threads);
    check_turns({0, 0, 0, 0, 0, 0}, order, threads);
  }
}
