#include "core/replay/sorted_events.h"

#include <algorithm>
#include <vector>

#include "core/parallel.h"

namespace polyvocab {

// First by the left token, into one place for each; then each of these places.
void sort_events(LargeVector<PairEvent>& events, int threads) {
  TokenId most = 0;
  for (const PairEvent& event : events) most = std::max(most, event.left());
  if (most > events.size() * 4 + 1024) {  // more places than would pay
    std::sort(events.begin(), events.end());
    return;
  }
  std::vector<std::size_t> begins(most + std::size_t{2});
  for (const PairEvent& event : events) ++begins[event.left() + std::size_t{1}];
  for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  LargeVector<PairEvent> placed(events.size());
  for (const PairEvent& event : events) placed[begins[event.left()]++] = event;  // now each says where its place ends
  events = std::move(placed);
  constexpr std::size_t tokens = 256;
  parallel_blocks(static_cast<std::int64_t>((most + tokens) / tokens), threads, [&](std::int64_t block) {
    const std::size_t first = static_cast<std::size_t>(block) * tokens, last = std::min<std::size_t>(most + std::size_t{1}, first + tokens);
    for (std::size_t left = first; left < last; ++left) {
      const auto begin = static_cast<std::ptrdiff_t>(left == 0 ? 0 : begins[left - 1]);
      std::sort(events.begin() + begin, events.begin() + static_cast<std::ptrdiff_t>(begins[left]));
    }
  });
}

}  // namespace polyvocab
