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

// Turns of these sizes, which end in this order, in so many threads, with room for so many ids at first.
void check_turns(const std::vector<std::size_t>& sizes, const std::vector<std::size_t>& order, int threads, std::size_t room) {
  std::vector<std::size_t> begins(sizes.size() + 1);
  std::partial_sum(sizes.begin(), sizes.end(), begins.begin() + 1);
  IdBuffer found;
  found.reserve(room);
  TurnIds turns(sizes.size(), found);
  parallel_blocks(std::ssize(sizes), threads, [&](std::int64_t block) {
    const std::size_t turn = order[static_cast<std::size_t>(block)];
    turns.end(turn, filled(turns.buffer(), static_cast<TokenId>(begins[turn]), sizes[turn]));
  });
  turns.finish(threads);
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
  for (const std::size_t room : {0, 100'000, 1'000'000}) {
    check_turns(sizes, order, 1, room);
    check_turns(sizes, {order.rbegin(), order.rend()}, 1, room);
    for (const int threads : {1, 2, 5}) {
      std::ranges::shuffle(order, random);
      check_turns(sizes, order, threads, room);
    }
  }
}

TEST_CASE("turns of many ids, and of none") {
  const std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
  for (const int threads : {1, 3}) {
    for (const std::size_t room : {0, 80'000, 4'000'000}) {
      check_turns({1, 5, 70'000, 3, 1'200'000, 1'300'000}, order, threads, room);
      check_turns({0, 0, 70'000, 0, 3, 2}, order, threads, room);
      check_turns({0, 0, 0, 0, 0, 0}, order, threads, room);
    }
  }
}

TEST_CASE("ids that were moved leave an array that is empty") {
  IdBuffer one = filled({}, 3, 100), other = std::move(one);
  CHECK(one.size() == 0);
  one.add(7);
  CHECK(one.ids()[0] == 7);
  CHECK(other.ids()[99] == 102);
  other = std::move(one);
  CHECK(other.size() == 1);
  CHECK(one.capacity() == 0);
}
