// The pairs of tokens that make a token, eight bytes each: those that a cache line holds are looked at together, so that it
// makes no difference whether a pair is there.
//
// Expects: numbers below `most_numbers`. Immutable once built.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "core/hash.h"
#include "core/large_pages.h"

namespace polyvocab {

class PairLines {
 public:
  static constexpr unsigned number_bits = 21, made_bits = 22;
  static constexpr std::uint32_t most_numbers = (1U << number_bits) - 1;
  static constexpr std::uint32_t nothing = most_numbers;  // a number that is in no pair
  static constexpr std::uint32_t none = 1U << made_bits;  // or more: no token

  explicit PairLines(std::size_t pairs) : count_(pairs / 4 + 1), lines_(count_) {}

  void set(std::uint32_t left, std::uint32_t right, std::uint32_t made) {
    const std::uint64_t pair = key(left, right);
    add(pair | made, line(pair));
  }

  // A question that is on its way to memory.
  struct Question {
    std::uint64_t pair;
    std::size_t line;
  };
  Question ask(std::uint32_t left, std::uint32_t right) const {
    const std::uint64_t pair = key(left, right);
    const Question question{pair, line(pair)};
    __builtin_prefetch(&lines_[question.line]);
    return question;
  }

  // The token that two make, or `none` or more. No jump depends on which it is.
  std::uint64_t answer(const Question& question) const {
    const Line* const line = &lines_[question.line];
    const std::uint64_t least = line->least_difference(question.pair);
    if (is_lending(*line)) [[unlikely]] return std::min(least, in_next(line, question.pair));
    return least;
  }

 private:
  static constexpr std::size_t last = 7;
  static constexpr std::uint64_t empty = ~std::uint64_t{0};
  static constexpr std::uint64_t lending = ~std::uint64_t{1};  // the last slot of a line that gave pairs to the one behind it

  using Slots = std::uint64_t __attribute__((vector_size(64)));
  struct alignas(64) Line {
    std::array<std::uint64_t, last + 1> slots;
    Line() { slots.fill(empty); }

    // A slot differs from its own pair by the token that it makes, from all others by more.
    std::uint64_t least_difference(std::uint64_t pair) const {
      Slots all;
      std::memcpy(&all, slots.data(), sizeof all);
      all ^= pair;
      const Slots four = __builtin_shufflevector(all, all, 4, 5, 6, 7, 0, 1, 2, 3);
      all = four < all ? four : all;
      const Slots two = __builtin_shufflevector(all, all, 2, 3, 0, 1, 6, 7, 4, 5);
      all = two < all ? two : all;
      return std::min<std::uint64_t>(all[0], all[1]);
    }
  };
  std::size_t count_;
  LargeVector<Line> lines_;

  // Looks again, in the nearest cache by now: to take the slot out of a vector register takes longer.
  static bool is_lending(const Line& line) { return *static_cast<const volatile std::uint64_t*>(&line.slots[last]) == lending; }

  static std::uint64_t key(std::uint32_t left, std::uint32_t right) {
    return static_cast<std::uint64_t>(left) << (number_bits + made_bits) | static_cast<std::uint64_t>(right) << made_bits;
  }
  std::size_t line(std::uint64_t key) const { return fold_into(key * 0x9E3779B97F4A7C15u, count_); }

  std::uint64_t in_next(const Line* line, std::uint64_t pair) const {
    std::uint64_t least = ~std::uint64_t{0};
    do {
      line = line == &lines_.back() ? lines_.data() : line + 1;
      least = std::min(least, line->least_difference(pair));
    } while (is_lending(*line));
    return least;
  }

  void add(std::uint64_t slot, std::size_t at) {
    for (;; at = at + 1 == lines_.size() ? 0 : at + 1) {
      auto& slots = lines_[at].slots;
      if (const auto free = std::ranges::find(slots, empty); free != slots.end()) {
        *free = slot;
        return;
      }
      if (slots[last] == lending) continue;
      const std::uint64_t moved = slots[last];
      slots[last] = lending;
      add(moved, at + 1 == lines_.size() ? 0 : at + 1);
    }
  }
};

}  // namespace polyvocab
