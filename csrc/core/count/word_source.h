// Counted words, one after the other.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "core/sorted/source.h"

namespace polyvocab {

// How often a word stands in the documents of a block.
struct WordCount {
  std::string_view word;
  std::uint32_t block = 0;
  std::uint64_t count = 0;

  // By bytes, then by block.
  bool operator<(const WordCount& other) const {
    const int order = word.compare(other.word);
    return order != 0 ? order < 0 : block < other.block;
  }
  bool is_of(const WordCount& other) const { return block == other.block && word == other.word; }
  void add(const WordCount& other) {
    if (__builtin_add_overflow(count, other.count, &count)) {
      throw std::overflow_error("a word has more occurrences than 64 bits can count");
    }
  }
};

// Rising words and blocks, no pair of them twice.
using WordSource = SortedSource<WordCount>;

}  // namespace polyvocab
