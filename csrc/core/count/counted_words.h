// Words and how often each occurs in the blocks of a corpus.
#pragma once

#include <cstdint>
#include <span>

#include "core/models/model.h"

namespace polyvocab {

// Word i occurs count[j] times in the block index[j], for j in [indptr[i], indptr[i + 1]); each index is below `blocks`.
struct CountedWords {
  Strings words;
  std::span<const std::uint64_t> indptr;
  std::span<const std::uint32_t> index;
  std::span<const std::uint64_t> count;
  std::size_t blocks;
};

}  // namespace polyvocab
