// The tokens that stand side by side when all words are merged, and how often in each column.
//
// Promises: exact sums. The columns of a word are not looked at before its pairs are sorted, so that a place costs the same
// whatever the number of columns.
// Expects: words that stay where they are.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/large_pages.h"
#include "core/replay/column_counts.h"
#include "core/count/counted_words.h"

namespace polyvocab {

class LastPairs {
 public:
  void add(std::uint32_t left, std::uint32_t right, std::uint32_t word) { places_.push_back({left, right, word}); }
  bool empty() const { return places_.empty(); }
  std::size_t memory() const { return places_.size() * sizeof(Place); }

  // Calls body(left, right, ColumnCounts) for each pair, and leaves nothing. All of `left` and `right` are below `size`.
  template <class Body>
  void take(const CountedWords& words, std::uint32_t size, ColumnArena& arena, Body&& body) {
    const auto places = sorted(std::exchange(places_, {}), size);
    ColumnSums sums;
    for (std::size_t i = 0; i < places.size();) {
      const auto [left, right, first_word] = places[i];
      for (; i < places.size() && places[i].left == left && places[i].right == right; ++i) {
        if (i + ahead < places.size()) __builtin_prefetch(&words.indptr[places[i + ahead].word]);
        if (i + ahead / 2 < places.size()) __builtin_prefetch(&words.count[words.indptr[places[i + ahead / 2].word]]);
        const std::size_t word = places[i].word;
        for (std::uint64_t j = words.indptr[word]; j < words.indptr[word + 1]; ++j) {
          sums.add(words.index[j], static_cast<std::int64_t>(words.count[j]));
        }
      }
      const auto counts = arena.allocate(sums.size());
      sums.take(counts);
      body(left, right, ColumnCounts(counts));
    }
  }

 private:
  struct Place {
    std::uint32_t left, right, word;
  };
  using Places = LargeVector<Place>;
  static constexpr std::size_t ahead = 16;
  Places places_;

  // By left and right.
  static Places sorted(Places places, std::uint32_t size) {
    Places other(places.size());
    pass(places, other, size, &Place::right);
    pass(other, places, size, &Place::left);
    return places;
  }
  static void pass(const Places& from, Places& to, std::uint32_t size, std::uint32_t Place::* key) {
    std::vector<std::size_t> begins(size + std::size_t{1});
    for (const Place& place : from) ++begins[place.*key + std::size_t{1}];
    for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
    for (const Place& place : from) to[begins[place.*key]++] = place;
  }
};

}  // namespace polyvocab
