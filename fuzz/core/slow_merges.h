// What merges make of symbols, with maps.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <utility>
#include <vector>

#include "core/models/pair_table.h"
#include "vocabulary.h"

namespace polyvocab::fuzz {

// Again and again the pair of the lowest rank, the leftmost of equals.
inline Encoded merge_slowly(const Encoded& symbols, const std::vector<Merge>& merges) {
  std::map<std::pair<TokenId, TokenId>, Merge> by_pair;
  for (const Merge& merge : merges) by_pair[{merge.left, merge.right}] = merge;
  struct Symbol {
    TokenId id;
    Span span;
    std::size_t place;
  };
  std::list<Symbol> word;
  for (std::size_t i = 0; i < symbols.ids.size(); ++i) word.push_back({symbols.ids[i], symbols.spans[i], i});
  using At = std::list<Symbol>::iterator;
  const auto merge_at = [&](At at) -> const Merge* {
    const auto next = std::next(at);
    const auto found = next == word.end() ? by_pair.end() : by_pair.find({at->id, next->id});
    return found == by_pair.end() ? nullptr : &found->second;
  };
  std::map<std::pair<std::uint32_t, std::size_t>, At> waiting;  // all pairs that are merges, by rank and place
  const auto add = [&](At at) {
    if (const Merge* merge = merge_at(at)) waiting[{merge->rank, at->place}] = at;
  };
  const auto drop = [&](At at) {
    if (const Merge* merge = merge_at(at)) waiting.erase({merge->rank, at->place});
  };
  for (At at = word.begin(); at != word.end(); ++at) add(at);
  while (!waiting.empty()) {
    const At at = waiting.begin()->second, right = std::next(at);
    const Merge merge = *merge_at(at);
    if (at != word.begin()) drop(std::prev(at));
    drop(at);
    drop(right);
    at->id = merge.merged;
    at->span.end = right->span.end;
    word.erase(right);
    if (at != word.begin()) add(std::prev(at));
    add(at);
  }
  Encoded out;
  for (const auto& [id, span, place] : word) {
    out.ids.push_back(id);
    out.spans.push_back(span);
  }
  return out;
}

}  // namespace polyvocab::fuzz
