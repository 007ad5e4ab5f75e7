// Words and how often each occurs in the blocks of a corpus.
#pragma once

#include <cstdint>
#include <span>

#include "core/models/model.h"

namespace polyvocab {

// A sparse matrix [words, blocks]: word i occurs count[j] times in block[j], for all j from indptr[i] to indptr[i + 1].
struct CountedWords {
  Strings words;
  std::span<const std::uint64_t> indptr;
  std::span<const std::uint32_t> block;
  std::span<const std::uint64_t> count;
};

}  // namespace polyvocab
