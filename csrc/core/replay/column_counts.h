// Counts in a few of many columns.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/large_pages.h"

namespace polyvocab {

struct ColumnCount {
  std::uint32_t column;
  std::int64_t count;
};
// By rising column.
using ColumnCounts = std::span<const ColumnCount>;

// Counts that stay where they are as long as it lives.
class ColumnArena {
 public:
  std::span<ColumnCount> allocate(std::size_t size) {
    if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < size) {
      blocks_.emplace_back();
      blocks_.back().reserve(std::max(size, block_size));
    }
    auto& block = blocks_.back();
    block.resize(block.size() + size);
    return std::span(block).last(size);
  }

 private:
  static constexpr std::size_t block_size = std::size_t{1} << 17;
  std::vector<LargeVector<ColumnCount>> blocks_;
};

// Sums of counts.
class ColumnSums {
 public:
  void add(std::uint32_t column, std::int64_t count) {
    if (column >= sums_.size()) {
      sums_.resize(column + std::size_t{1});
      is_met_.resize(sums_.size());
    }
    if (!is_met_[column]) {
      is_met_[column] = true;
      met_.push_back(column);
    }
    sums_[column] += count;
  }
  void add(ColumnCounts counts, std::int64_t sign = 1) {
    for (const auto& [column, count] : counts) add(column, sign * count);
  }
  std::size_t size() const { return met_.size(); }

  // Writes the sums, as many as its size, and forgets them.
  void take(std::span<ColumnCount> to) {
    std::ranges::sort(met_);
    for (std::size_t i = 0; i < met_.size(); ++i) {
      const std::uint32_t column = met_[i];
      to[i] = {column, sums_[column]};
      sums_[column] = 0;
      is_met_[column] = false;
    }
    met_.clear();
  }

 private:
  std::vector<std::int64_t> sums_;
  std::vector<std::uint8_t> is_met_;
  std::vector<std::uint32_t> met_;
};

}  // namespace polyvocab
