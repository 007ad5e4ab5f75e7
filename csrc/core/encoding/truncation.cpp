#include "core/encoding/truncation.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/encoding/lookup.h"

namespace polyvocab {
namespace {

// The pieces, the one that is kept first; the last one reaches the other end.
std::vector<TokenRange> pieces_of(std::size_t size, std::size_t max_length, std::size_t step, Side side) {
  std::vector<TokenRange> pieces;
  for (std::size_t done = 0;; done += step) {
    const std::size_t begin = done;
    const std::size_t end = std::min(begin + max_length, size);
    pieces.push_back(side == Side::right ? TokenRange{begin, end} : TokenRange{size - end, size - begin});
    if (end == size) return pieces;
  }
}

// How many tokens two encodings keep: the shorter one all of them, if that leaves the longer one no fewer.
std::pair<std::size_t, std::size_t> longest_first(std::size_t first, std::size_t second, std::size_t max_length) {
  std::size_t shorter = std::min(first, second);
  std::size_t longer = shorter > max_length ? shorter : std::max(shorter, max_length - shorter);
  if (shorter + longer > max_length) {
    shorter = max_length / 2;
    longer = max_length - shorter;
  }
  return first > second ? std::pair(longer, shorter) : std::pair(shorter, longer);
}

}  // namespace

Truncation with_room_for(Truncation truncation, std::size_t added_tokens) {
  truncation.max_length -= added_tokens;
  return truncation;
}

void check_truncation(const Truncation& truncation, std::size_t added_tokens) {
  const std::size_t room = with_room_for(truncation, added_tokens).max_length;
  if (room >= truncation.stride) return;
  throw std::invalid_argument("a stride of " + std::to_string(truncation.stride) + " with a length of " +
                              std::to_string(room) + " (" + std::to_string(truncation.max_length) + " less " +
                              std::to_string(added_tokens) + " added tokens)");
}

void truncate(Encoding& encoding, std::size_t max_length, std::size_t stride, Side side) {
  if (max_length >= encoding.size()) return;
  if (max_length == 0) {
    Encoding all = std::move(encoding);
    encoding = {};
    encoding.overflowing.push_back(std::move(all));
    return;
  }
  if (stride >= max_length) {
    throw std::invalid_argument("a stride of " + std::to_string(stride) + " where at most " + std::to_string(max_length) +
                                " tokens are kept (less those that post-processing adds)");
  }
  const auto pieces = pieces_of(encoding.size(), max_length, max_length - stride, side);
  Encoding kept = encoding.slice(pieces[0].begin, pieces[0].end);
  kept.overflowing.reserve(pieces.size() - 1);
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    kept.overflowing.push_back(encoding.slice(pieces[i].begin, pieces[i].end));
  }
  encoding = std::move(kept);
}

void truncate(Encoding& first, Encoding* second, const Truncation& truncation) {
  const auto [max_length, stride, strategy, side] = truncation;
  if (max_length == 0) {
    truncate(first, 0, stride, side);
    if (second != nullptr) truncate(*second, 0, stride, side);
    return;
  }
  const std::size_t total = first.size() + (second == nullptr ? 0 : second->size());
  if (total <= max_length) return;
  if (strategy == TruncationStrategy::longest_first) {
    if (second == nullptr) {
      truncate(first, max_length, stride, side);
    } else {
      const auto [kept_first, kept_second] = longest_first(first.size(), second->size(), max_length);
      truncate(first, kept_first, stride, side);
      truncate(*second, kept_second, stride, side);
    }
    return;
  }
  Encoding* target = strategy == TruncationStrategy::only_first ? &first : second;
  if (target == nullptr) throw std::invalid_argument("truncation of the second sequence, but there is only one");
  const std::size_t excess = total - max_length;
  if (target->size() <= excess) {
    throw std::invalid_argument("truncation to " + std::to_string(max_length) + " tokens would have to cut " +
                                std::to_string(excess) + " from a sequence of " + std::to_string(target->size()));
  }
  truncate(*target, target->size() - excess, stride, side);
}

}  // namespace polyvocab
