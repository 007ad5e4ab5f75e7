// Sorting what begins with a token.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/large_pages.h"
#include "core/parallel.h"

namespace polyvocab {

// The items of all parts in their order (`<`), which is first that of `left()`: each is put in the place of its token, and the
// places are sorted one by one. Leaves the parts empty. Expects tokens that are not far beyond the number of items.
template <class Item>
LargeVector<Item> sort_by_left(std::vector<LargeVector<Item>> parts, int threads) {
  std::uint32_t most = 0;
  for (const auto& part : parts) {
    for (const Item& item : part) most = std::max(most, item.left());
  }
  std::vector<std::size_t> ends(most + std::size_t{2});
  for (const auto& part : parts) {
    for (const Item& item : part) ++ends[item.left() + std::size_t{1}];
  }
  for (std::size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
  LargeVector<Item> placed(ends.back());
  for (auto& part : parts) {
    for (const Item& item : part) placed[ends[item.left()]++] = item;
    part = {};
  }
  constexpr std::size_t tokens_at_once = 256;
  parallel_blocks(static_cast<std::int64_t>(most / tokens_at_once + 1), threads, [&](std::int64_t block) {
    const std::size_t first = static_cast<std::size_t>(block) * tokens_at_once;
    const std::size_t last = std::min<std::size_t>(most + std::size_t{1}, first + tokens_at_once);
    for (std::size_t left = first; left < last; ++left) {
      const auto begin = static_cast<std::ptrdiff_t>(left == 0 ? 0 : ends[left - 1]);
      std::sort(placed.begin() + begin, placed.begin() + static_cast<std::ptrdiff_t>(ends[left]));
    }
  });
  return placed;
}

}  // namespace polyvocab
