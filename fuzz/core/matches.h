// The law of cuts: the quick way and the automaton alone agree.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "core/splitter/splitter.h"
#include "fuzz.h"

namespace polyvocab::fuzz {

inline void require_same_cuts(const Splitter& splitter, std::string_view text, std::size_t capacity) {
  std::vector<std::uint32_t> expected, found, block(capacity);
  std::size_t at = 0;
  for (auto match = splitter.next(text, 0); at < text.size(); match = splitter.next(text, match.end)) {
    if (match.begin > at) expected.push_back(static_cast<std::uint32_t>(match.begin));
    if (match.end > match.begin) expected.push_back(static_cast<std::uint32_t>(match.end));
    at = match.end;
  }
  Cuts cuts(splitter, text);
  while (const std::size_t count = cuts.next(block.data(), capacity)) {
    require(count <= capacity, "as many cuts as there is room for");
    found.insert(found.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
  }
  require(found == expected, "the cuts are the matches and what lies between them");
}

}  // namespace polyvocab::fuzz
