// The place of the least value in any range of a fixed list, in constant time (a sparse table).
//
// Promises: the first of equal values. n log n places are kept, of 4 bytes.
// Expects: fewer than 2^32 values, none of them NaN, that live as long as this does.
// Does not: change with the values.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace polyvocab {

class RangeMinimum {
 public:
  explicit RangeMinimum(std::span<const double> values) : values_(values) {
    const std::size_t size = values.size();
    levels_.emplace_back(size);
    for (std::size_t i = 0; i < size; ++i) levels_[0][i] = static_cast<std::uint32_t>(i);
    for (std::size_t width = 2; width <= size; width *= 2) {
      const auto& half = levels_.back();
      std::vector<std::uint32_t> level(size - width + 1);
      for (std::size_t i = 0; i < level.size(); ++i) level[i] = lesser(half[i], half[i + width / 2]);
      levels_.push_back(std::move(level));
    }
  }

  // The place of the least value in [begin, end), which is not empty.
  std::uint32_t operator()(std::uint32_t begin, std::uint32_t end) const {
    const int level = std::bit_width(end - begin) - 1;
    return lesser(levels_[level][begin], levels_[level][end - (std::uint32_t{1} << level)]);
  }

 private:
  std::uint32_t lesser(std::uint32_t left, std::uint32_t right) const {
    return values_[right] < values_[left] ? right : left;
  }

  std::span<const double> values_;
  std::vector<std::vector<std::uint32_t>> levels_;
};

}  // namespace polyvocab
