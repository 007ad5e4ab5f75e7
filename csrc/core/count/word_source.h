// Counted words, one after the other.
#pragma once

#include <cstdint>
#include <string_view>

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
};

// Rising words and blocks, no pair of them twice.
class WordSource {
 public:
  virtual ~WordSource() = default;
  // Goes on to the next one; false at the end.
  virtual bool next() = 0;
  // Where the source is; good until `next`.
  const WordCount& current() const { return current_; }

 protected:
  WordCount current_;
};

}  // namespace polyvocab
