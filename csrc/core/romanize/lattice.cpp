#include "core/romanize/lattice.h"

#include <algorithm>
#include <cstring>

namespace polyvocab::romanize {
namespace {

constexpr std::size_t block_bytes = 1 << 16;

}  // namespace

void Lattice::begin(std::span<const char32_t> characters) {
  text = characters;
  edges.clear();
  classes.clear();
  for (const char32_t c : text) classes.push_back(&table.class_of(c));
  from_start_.assign(text.size() + 1, no_edge);
  to_end_.assign(text.size() + 1, no_edge);
  large_.clear();
  block_ = used_ = 0;
}

EdgeId Lattice::add(std::uint32_t start, std::uint32_t end, std::string_view string, std::string_view type, Plan plan) {
  const auto id = static_cast<EdgeId>(edges.size());
  edges.push_back({start, end, string, type, plan, -1, from_start_[start], to_end_[end]});
  from_start_[start] = id;
  to_end_[end] = id;
  return id;
}

EdgeId Lattice::best_in_span(std::uint32_t start, std::uint32_t end) const {
  EdgeId best = no_edge;
  for (EdgeId id = from_start_[start]; id != no_edge; id = edges[id].next_from_start) {
    // Later edges come first here, so that of equal ones the last one seen is the first one.
    if (edges[id].end == end && (best == no_edge || edges[id].plan <= edges[best].plan)) best = id;
  }
  return best;
}

EdgeId Lattice::best_from(std::uint32_t start) const {
  EdgeId best = no_edge;
  for (EdgeId id = from_start_[start]; id != no_edge; id = edges[id].next_from_start) {
    if (best == no_edge || edges[id].end > edges[best].end ||
        (edges[id].end == edges[best].end && edges[id].plan <= edges[best].plan)) {
      best = id;
    }
  }
  return best;
}

EdgeId Lattice::best_to(std::uint32_t end) const {
  EdgeId best = no_edge;
  for (EdgeId id = to_end_[end]; id != no_edge; id = edges[id].next_to_end) {
    if (best == no_edge || edges[id].start < edges[best].start ||
        (edges[id].start == edges[best].start && edges[id].plan <= edges[best].plan)) {
      best = id;
    }
  }
  return best;
}

bool Lattice::has_span(std::uint32_t start, std::uint32_t end) const {
  for (EdgeId id = from_start_[start]; id != no_edge; id = edges[id].next_from_start) {
    if (edges[id].end == end) return true;
  }
  return false;
}

std::string_view Lattice::keep(std::string_view first, std::string_view second) {
  const std::size_t size = first.size() + second.size();
  if (size > block_bytes) {
    auto own = std::make_unique_for_overwrite<char[]>(size);
    std::memcpy(own.get(), first.data(), first.size());
    if (!second.empty()) std::memcpy(own.get() + first.size(), second.data(), second.size());
    large_.push_back(std::move(own));
    return {large_.back().get(), size};
  }
  if (block_ < blocks_.size() && used_ + size > block_bytes) ++block_, used_ = 0;
  if (block_ == blocks_.size()) blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_bytes));
  char* const to = blocks_[block_].get() + used_;
  if (!first.empty()) std::memcpy(to, first.data(), first.size());
  if (!second.empty()) std::memcpy(to + first.size(), second.data(), second.size());
  used_ += size;
  return {to, size};
}

}  // namespace polyvocab::romanize
