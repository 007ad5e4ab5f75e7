#include "core/models/symbols.h"

#include <algorithm>
#include <utility>

#include "core/wider.h"

namespace polyvocab {
namespace {

constexpr std::size_t short_word = 256;  // up to here looking at all pairs is quicker than a queue
constexpr unsigned place_bits = 8;
constexpr std::uint32_t no_key = 0xFFFFFFFF;
constexpr std::size_t first_window = 4096;
constexpr std::uint32_t nowhere = 0xFFFFFFFF;

Symbols slice(const Symbols& all, std::size_t begin, std::size_t end) {
  return {{all.ids.begin() + static_cast<std::ptrdiff_t>(begin), all.ids.begin() + static_cast<std::ptrdiff_t>(end)},
          {all.ends.begin() + static_cast<std::ptrdiff_t>(begin), all.ends.begin() + static_cast<std::ptrdiff_t>(end)}};
}

// `count` is a multiple of 16.
POLYVOCAB_WIDER std::uint32_t smallest(const std::uint32_t* keys, std::size_t count) {
  std::uint32_t least[16];
  std::copy_n(keys, 16, least);
  for (std::size_t i = 16; i < count; i += 16) {
    for (std::size_t j = 0; j < 16; ++j) least[j] = std::min(least[j], keys[i + j]);
  }
  std::uint32_t best = least[0];
  for (std::size_t j = 1; j < 16; ++j) best = std::min(best, least[j]);
  return best;
}

}  // namespace

void Merger::merge(const PairTable& merges, Symbols& symbols) {
  if (symbols.ids.size() <= first_window) {
    merge_run(merges, symbols);
  } else {
    merge_long(merges, symbols);
  }
}

void Merger::merge_run(const PairTable& merges, Symbols& symbols) {
  if (symbols.ids.size() <= short_word && merges.most_rank() < no_key >> place_bits) {
    merge_short(merges, symbols);
  } else {
    merge_queued(merges, symbols);
  }
}

// All pairs are looked at for each merge, sixteen at a time. The rank and the place of a pair are one number, so that the
// smallest is the leftmost of the lowest rank.
void Merger::merge_short(const PairTable& merges, Symbols& symbols) {
  const std::size_t count = symbols.ids.size();
  if (count < 2) return;
  TokenId* ids = symbols.ids.data();
  std::uint32_t* ends = symbols.ends.data();
  alignas(64) std::uint32_t keys[short_word];
  TokenId merged[short_word];
  std::uint16_t before[short_word], after[short_word];  // the neighbours that are left; `count`: none
  const auto look = [&](std::size_t at) {
    const auto found = merges(ids[at], ids[after[at]]);
    keys[at] = found.rank == PairTable::none ? no_key : found.rank << place_bits | static_cast<std::uint32_t>(at);
    merged[at] = found.merged;
  };
  for (std::size_t i = 0; i < count; ++i) {
    before[i] = static_cast<std::uint16_t>(i == 0 ? count : i - 1);
    after[i] = static_cast<std::uint16_t>(i + 1);
  }
  for (std::size_t i = 0; i + 1 < count; ++i) merges.prefetch(ids[i], ids[i + 1]);
  for (std::size_t i = 0; i + 1 < count; ++i) look(i);
  const std::size_t padded = (count + 15) / 16 * 16;
  std::fill(keys + count - 1, keys + padded, no_key);
  for (std::uint32_t best; (best = smallest(keys, padded)) != no_key;) {
    const std::size_t at = best & (short_word - 1), right = after[at], next = after[right];
    ids[at] = merged[at];
    ends[at] = ends[right];
    keys[right] = no_key;
    after[at] = static_cast<std::uint16_t>(next);
    if (next < count) {
      before[next] = static_cast<std::uint16_t>(at);
      look(at);
    } else {
      keys[at] = no_key;
    }
    if (before[at] < count) look(before[at]);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; i = after[i]) {
    ids[kept] = ids[i];
    ends[kept++] = ends[i];
  }
  symbols.ids.resize(kept);
  symbols.ends.resize(kept);
}

// A heap of candidates over a doubly linked list. A candidate whose pair has changed since is known by its merged token.
void Merger::merge_queued(const PairTable& merges, Symbols& symbols) {
  const std::size_t count = symbols.ids.size();
  auto& ids = symbols.ids;
  before_.resize(count);
  after_.resize(count);
  queue_.clear();
  const auto later = [](const Candidate& a, const Candidate& b) { return std::pair(a.rank, a.at) > std::pair(b.rank, b.at); };
  const auto offer = [&](std::uint32_t at) {
    const auto found = merges(ids[at], ids[after_[at]]);
    if (found.rank == PairTable::none) return false;
    queue_.push_back({found.rank, at, found.merged});
    return true;
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    before_[i] = i == 0 ? nowhere : i - 1;
    after_[i] = i + 1 == count ? nowhere : i + 1;
  }
  for (std::uint32_t i = 0; i + 1 < count; ++i) offer(i);
  std::make_heap(queue_.begin(), queue_.end(), later);
  constexpr TokenId gone = 0xFFFFFFFF;
  while (!queue_.empty()) {
    std::pop_heap(queue_.begin(), queue_.end(), later);
    const Candidate best = queue_.back();
    queue_.pop_back();
    const std::uint32_t right = ids[best.at] == gone ? nowhere : after_[best.at];
    if (right == nowhere) continue;
    const auto now = merges(ids[best.at], ids[right]);
    if (now.rank != best.rank || now.merged != best.merged) continue;
    ids[best.at] = best.merged;
    symbols.ends[best.at] = symbols.ends[right];
    ids[right] = gone;
    after_[best.at] = after_[right];
    if (after_[right] != nowhere) before_[after_[right]] = best.at;
    if (before_[best.at] != nowhere && offer(before_[best.at])) std::push_heap(queue_.begin(), queue_.end(), later);
    if (after_[best.at] != nowhere && offer(best.at)) std::push_heap(queue_.begin(), queue_.end(), later);
  }
  std::size_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (ids[i] == gone) continue;
    ids[kept] = ids[i];
    symbols.ends[kept++] = symbols.ends[i];
  }
  symbols.ids.resize(kept);
  symbols.ends.resize(kept);
}

// A run that is too long for the queue is merged window by window. Where two neighbouring tokens, merged again from their
// symbols, stay the two tokens that they are, no merge crosses the place between them in the whole run either: the symbols
// left and right of it pass through the same states in the same order, whatever stands further away.
void Merger::merge_long(const PairTable& merges, Symbols& symbols) {
  const std::size_t count = symbols.ids.size();
  const auto index_after = [&](std::size_t from, std::uint32_t end) {
    const auto first = symbols.ends.begin() + static_cast<std::ptrdiff_t>(from);
    return static_cast<std::size_t>(std::lower_bound(first, symbols.ends.end(), end) - symbols.ends.begin()) + 1;
  };
  const auto keep = [&](std::size_t tokens) {
    const auto n = static_cast<std::ptrdiff_t>(tokens);
    done_.ids.insert(done_.ids.end(), window_.ids.begin(), window_.ids.begin() + n);
    done_.ends.insert(done_.ends.end(), window_.ends.begin(), window_.ends.begin() + n);
  };
  done_.clear();
  std::size_t begin = 0, last_begin = 0, width = first_window;
  for (;;) {
    const std::size_t end = std::min(count, begin + width);
    window_ = slice(symbols, begin, end);
    merge_run(merges, window_);
    // A wider window than the one that the last cut was made with may begin with another token.
    if (begin > 0 && width > first_window &&
        !stays_apart(merges, symbols, last_begin, begin, index_after(begin, window_.ends[0]))) {
      return merge_queued(merges, symbols);
    }
    if (end == count) break;
    std::size_t kept = window_.ids.size() - 1;
    for (; kept > window_.ids.size() / 2; --kept) {
      const std::size_t last = kept == 1 ? begin : index_after(begin, window_.ends[kept - 2]);
      const std::size_t cut = index_after(begin, window_.ends[kept - 1]);
      next_ = slice(symbols, cut, std::min(count, cut + first_window));
      merge_run(merges, next_);
      if (!stays_apart(merges, symbols, last, cut, index_after(cut, next_.ends[0]))) continue;
      keep(kept);
      last_begin = last;
      begin = cut;
      break;
    }
    width = kept > window_.ids.size() / 2 ? first_window : width * 2;
  }
  keep(window_.ids.size());
  std::swap(symbols, done_);
}

bool Merger::stays_apart(const PairTable& merges, const Symbols& all, std::size_t begin, std::size_t cut, std::size_t end) {
  pair_ = slice(all, begin, end);
  merge_run(merges, pair_);
  return pair_.ids.size() == 2 && pair_.ends[0] == all.ends[cut - 1];
}

}  // namespace polyvocab
