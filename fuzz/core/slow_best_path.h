// The best path through a word, place by place, with a map for a vocabulary.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/normalizer/text.h"
#include "core/unicode/utf8.h"

namespace polyvocab::fuzz {

struct Path {
  struct Step {
    std::optional<std::uint32_t> piece;  // none: a character that is no piece
    Span span;
  };
  std::vector<Step> steps;
  bool meets_unknown = false;  // such a character ends the best path to some place, be it on the path to the end or not
};

template <class Score>
Path slow_best_path(const std::map<std::string, std::pair<std::uint32_t, Score>, std::less<>>& pieces, Score unknown,
                    std::string_view word) {
  std::size_t longest = 4;
  for (const auto& [piece, entry] : pieces) longest = std::max(longest, piece.size());
  Path path;
  struct Place {
    std::uint32_t at;
    Score score = 0;
    std::size_t from = 0;
    std::optional<std::uint32_t> piece{};
  };
  std::vector<Place> places{{0}};
  for (std::uint32_t at = 0; at < word.size();) {
    at += utf8::length(static_cast<unsigned char>(word[at]));
    places.push_back({at});
    Place& end = places.back();
    bool reached = false;
    for (std::size_t from = places.size() - 1 - std::min(places.size() - 1, longest); from + 1 < places.size(); ++from) {
      // The longest piece comes first.
      const auto found = pieces.find(word.substr(places[from].at, at - places[from].at));
      const bool is_piece = found != pieces.end();
      if (!is_piece && from + 2 < places.size()) continue;
      const Score score = places[from].score + (is_piece ? found->second.second : unknown);
      if (reached && score <= end.score) continue;
      reached = true;
      end.score = score;
      end.from = from;
      end.piece = is_piece ? std::optional(found->second.first) : std::nullopt;
    }
    path.meets_unknown = path.meets_unknown || !end.piece;
  }
  for (std::size_t i = places.size() - 1; i > 0; i = places[i].from) {
    path.steps.push_back({places[i].piece, {places[places[i].from].at, places[i].at}});
  }
  std::ranges::reverse(path.steps);
  return path;
}

}  // namespace polyvocab::fuzz
