// Which characters stand side by side in some piece of a vocabulary, and so where a text can be cut.
//
// Promises: a place between two characters that are side by side in no piece is inside no piece. No merge of a BPE makes a
// token across it: what is left and what is right of it go through the same states in the same order as if each were alone.
// Does not: find every such place. Beyond ASCII it keeps one bit for a pair, and pairs share bits.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/models/model.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

class Adjacency {
 public:
  // Room for the characters of strings with so many bytes altogether.
  explicit Adjacency(std::size_t bytes);

  // The characters of a piece. Valid UTF-8.
  void add(std::string_view piece);

  bool operator()(char32_t left, char32_t right) const {
    const std::uint32_t l = small(left), r = small(right);
    if (l < small_count && r < small_count) return dense_[l][r / 64] >> r % 64 & 1;
    const std::uint64_t bit = large(left, right);
    return sparse_[bit / 64] >> bit % 64 & 1;
  }

  // The same for two characters of which neither is ASCII or ▁, sooner.
  bool of_others(char32_t left, char32_t right) const {
    if (!has_right_[place(left)] || !has_left_[place(right)]) return false;
    const std::uint64_t bit = large(left, right);
    return sparse_[bit / 64] >> bit % 64 & 1;
  }

  // Whether any character beyond ASCII, ▁ excepted, stands before this one in some piece. `right` is ASCII or ▁.
  bool after_others(char32_t right) const { return after_others_[small(right)]; }

  static bool is_other(char32_t code) { return small(code) == small_count; }

 private:
  // ASCII and ▁, which are nearly all neighbours of a text in Latin script.
  static constexpr std::uint32_t small_count = 129;
  static std::uint32_t small(char32_t code) { return code < 128 ? code : code == U'\u2581' ? 128 : small_count; }

  std::uint64_t large(char32_t left, char32_t right) const {
    const std::uint64_t product = (static_cast<std::uint64_t>(left) << 32 | right) * 0x9E3779B97F4A7C15u;
    return (product >> 32) & (sparse_.size() * 64 - 1);
  }

  std::array<std::array<std::uint64_t, 3>, small_count> dense_{};
  std::array<bool, small_count> after_others_{};
  // Which characters have a neighbour in some piece; those beyond the first plane share bits.
  static constexpr std::size_t places = 0x10000;
  static std::size_t place(char32_t code) { return code % places; }
  std::bitset<places> has_right_, has_left_;
  std::vector<std::uint64_t> sparse_;  // a power of two
};

}  // namespace polyvocab
