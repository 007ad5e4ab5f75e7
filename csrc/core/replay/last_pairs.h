// The tokens that stand side by side when all words are merged, and how often in each column.
//
// Promises: exact sums; the columns of a word are not looked at before its pairs are sorted, so that pairs cost the same
// whatever the number of columns.
// Expects: words that stay where they are.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/large_pages.h"
#include "core/replay/counted_words.h"
#include "core/replay/pair_event.h"
#include "core/replay/sort_by_left.h"

namespace polyvocab {

class LastPairs {
 public:
  void add(std::uint32_t left, std::uint32_t right, std::uint32_t word) {
    places_.push_back({PairEvent::pair_of(left, right), word});
  }
  std::size_t memory() const { return places_.size() * sizeof(Place); }

  // Calls body(pair, column, count) for each pair and column, and leaves nothing.
  template <class Body>
  void take(const CountedWords& words, Body&& body) {
    std::vector<LargeVector<Place>> parts;
    parts.push_back(std::exchange(places_, {}));
    const auto places = sort_by_left(std::move(parts), 1);
    std::vector<std::uint64_t> counts;  // by column; 0 between pairs
    std::vector<std::uint32_t> met;
    for (std::size_t i = 0; i < places.size();) {
      const std::uint64_t pair = places[i].pair;
      for (; i < places.size() && places[i].pair == pair; ++i) {
        if (i + ahead < places.size()) __builtin_prefetch(&words.count[words.indptr[places[i + ahead].word]]);
        for (std::uint64_t j = words.indptr[places[i].word]; j < words.indptr[places[i].word + std::size_t{1}]; ++j) {
          const std::uint32_t column = words.block[j];
          if (column >= counts.size()) counts.resize(column + std::size_t{1});
          if (counts[column] == 0) met.push_back(column);
          counts[column] += words.count[j];
        }
      }
      for (const std::uint32_t column : met) body(pair, column, static_cast<std::int64_t>(std::exchange(counts[column], 0)));
      met.clear();
    }
  }

 private:
  struct Place {
    std::uint64_t pair;
    std::uint32_t word;
    TokenId left() const { return static_cast<TokenId>(pair >> 32); }
    bool operator<(const Place& other) const { return pair != other.pair ? pair < other.pair : word < other.word; }
  };
  static constexpr std::size_t ahead = 8;
  LargeVector<Place> places_;
};

}  // namespace polyvocab
