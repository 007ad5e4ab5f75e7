// Where in a text one of many patterns may begin, told by its first two bytes: most texts hold no added token, and this is
// all that is done to them.
#pragma once

#include <array>
#include <bitset>
#include <string_view>
#include <vector>

namespace polyvocab {

class StartFinder {
 public:
  static constexpr std::size_t block = 256;

  // Expects: no pattern is empty.
  explicit StartFinder(const std::vector<std::string_view>& patterns);

  // Sets flags[i] to 1 where a pattern may begin at byte `from` + i of the text, else to 0, for a block of bytes or as many
  // as there are. Returns whether any is 1; if none is, they say nothing.
  bool mark(std::string_view text, std::size_t from, unsigned char* flags) const;

  struct Start {
    unsigned char first;
    unsigned char second;  // 0 where any will do
    unsigned char mask;    // of the second byte; 0 where any will do
  };

 private:
  std::bitset<0x10000> pairs_;  // first byte * 256 + second byte
  std::vector<Start> starts_;   // where they are few, to be looked for in many places at once; else empty
};

// The places in one text, from left to right.
class StartSearch {
 public:
  StartSearch(const StartFinder& finder, std::string_view text) : finder_(finder), text_(text) {}

  // The first place at or after `from`, or the size of the text. `from` never goes back.
  std::size_t next(std::size_t from);

 private:
  const StartFinder& finder_;
  std::string_view text_;
  std::size_t begin_ = 0;  // of the block that is marked
  std::size_t end_ = 0;
  std::array<unsigned char, StartFinder::block> flags_;
};

}  // namespace polyvocab
