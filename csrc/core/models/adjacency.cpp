#include "core/models/adjacency.h"

#include <algorithm>
#include <bit>

namespace polyvocab {

// No more pairs than bytes: with a bit for each byte and more, few of them are shared. Beyond 2 MiB they are.
Adjacency::Adjacency(std::size_t bytes) : sparse_(std::bit_ceil(std::clamp<std::size_t>(bytes / 32, 1, 1 << 18))) {}

void Adjacency::add(std::string_view piece) {
  if (piece.empty()) return;
  auto [left, size] = utf8::decode(piece.data());
  for (std::size_t at = size; at < piece.size(); at += size) {
    const utf8::Decoded right = utf8::decode(piece.data() + at);
    const std::uint32_t l = small(left), r = small(right.code);
    if (l < small_count && r < small_count) {
      dense_[l][r / 64] |= std::uint64_t{1} << r % 64;
    } else {
      const std::uint64_t bit = large(left, right.code);
      sparse_[bit / 64] |= std::uint64_t{1} << bit % 64;
      has_right_[place(left)] = true;
      has_left_[place(right.code)] = true;
      if (r < small_count) after_others_[r] = true;
    }
    left = right.code;
    size = right.size;
  }
}

}  // namespace polyvocab
