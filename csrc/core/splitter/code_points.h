// Sets of code points, as sorted disjoint ranges.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "core/unicode/properties.h"

namespace polyvocab {

class CodePoints {
 public:
  using Range = unicode::Range;
  static constexpr char32_t last = 0x10FFFF;

  CodePoints() = default;
  explicit CodePoints(std::span<const Range> ranges) : ranges_(ranges.begin(), ranges.end()) { tidy(); }
  static CodePoints one(char32_t code) { return CodePoints(std::vector<Range>{{code, code}}); }

  std::span<const Range> ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }

  bool contains(char32_t code) const {
    const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), code,
                                        [](char32_t c, const Range& range) { return c < range.first; });
    return after != ranges_.begin() && code <= std::prev(after)->last;
  }

  void add(char32_t first, char32_t last_one) {
    ranges_.push_back({first, last_one});
    tidy();
  }

  void add(const CodePoints& other) {
    ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
    tidy();
  }

  CodePoints complement() const {
    CodePoints out;
    char32_t next = 0;
    for (const auto& range : ranges_) {
      if (range.first > next) out.ranges_.push_back({next, range.first - 1});
      next = range.last + 1;
    }
    if (next <= last) out.ranges_.push_back({next, last});
    return out;
  }

  CodePoints intersection(const CodePoints& other) const {
    CodePoints either = complement();
    either.add(other.complement());
    return either.complement();
  }

 private:
  std::vector<Range> ranges_;

  void tidy() {
    std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    std::size_t kept = 0;
    for (const auto& range : ranges_) {
      if (kept > 0 && range.first <= ranges_[kept - 1].last + 1) {
        ranges_[kept - 1].last = std::max(ranges_[kept - 1].last, range.last);
      } else {
        ranges_[kept++] = range;
      }
    }
    ranges_.resize(kept);
  }
};

}  // namespace polyvocab
