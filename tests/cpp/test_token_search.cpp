#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/models/symbols.h"
#include "core/models/token_search.h"

using namespace polyvocab;

namespace {

// Tokens over a few letters, with merges in order of rank as a trainer could have learnt them, but for some that come too
// early.
struct Vocabulary {
  std::vector<std::string> tokens;
  std::vector<Merge> merges;
  std::size_t letters;
  std::size_t bytes = 0;

  Vocabulary(std::mt19937& random, std::size_t most, std::size_t too_early) : tokens{"a", "b", "c"}, letters(tokens.size()) {
    const auto pick = [&](std::size_t n) { return static_cast<TokenId>(random() % n); };
    for (std::size_t n = 1 + pick(most); n > 0; --n) {
      const TokenId left = pick(tokens.size()), right = pick(tokens.size());
      const std::string both = tokens[left] + tokens[right];
      const auto known = std::ranges::find(tokens, both);
      const auto merged = static_cast<TokenId>(known - tokens.begin());
      const bool is_new = std::ranges::none_of(merges, [&](const Merge& m) { return m.left == left && m.right == right; });
      if (both.size() > 12 || !is_new) continue;
      if (known == tokens.end()) tokens.push_back(both);
      merges.push_back({left, right, merged, static_cast<std::uint32_t>(merges.size())});
    }
    for (; too_early > 0 && !merges.empty(); --too_early) {
      const Merge moved = merges[pick(merges.size())];
      std::erase_if(merges, [&](const Merge& merge) { return merge.rank == moved.rank; });
      merges.insert(merges.begin() + pick(merges.size() + 1), moved);
      for (std::uint32_t rank = 0; rank < merges.size(); ++rank) merges[rank].rank = rank;
    }
    for (const auto& token : tokens) bytes += token.size();
  }

  std::optional<TokenSearch> search() const {
    std::vector<TokenSearch::Symbol> symbols;
    for (TokenId id = 0; id < letters; ++id) symbols.push_back({id, tokens[id]});
    return TokenSearch::of(symbols, merges, bytes);
  }
};

std::string random_word(std::mt19937& random) {
  std::string word;
  for (std::size_t n = 1 + random() % 40; n > 0; --n) word += static_cast<char>('a' + random() % (random() % 3 == 0 ? 3 : 2));
  return word;
}

// Repeated merging of the best pair.
Symbols merged(const Vocabulary& vocabulary, std::string_view word) {
  Symbols symbols;
  for (std::uint32_t i = 0; i < word.size(); ++i) symbols.add(static_cast<TokenId>(word[i] - 'a'), i + 1);
  Merger merger;
  merger.merge(PairTable(vocabulary.merges), symbols);
  return symbols;
}

}  // namespace

TEST_CASE("the search finds what merging leaves, or leaves the word to it") {
  std::mt19937 random(11);
  std::size_t complete = 0, refused = 0, found = 0, left = 0;
  for (int round = 0; round < 900; ++round) {
    const bool is_large = round % 2 == 0;
    const Vocabulary vocabulary(random, is_large ? 80 : 14, round % 3 == 0 ? 0 : is_large ? 1 + round % 4 : 5);
    const auto search = vocabulary.search();
    if (!search) {
      ++refused;
      continue;
    }
    complete += search->is_complete();
    TokenSearch::Dead dead;
    for (int i = 0; i < 60; ++i) {
      const std::string word = random_word(random);
      const Symbols expected = merged(vocabulary, word);
      Symbols symbols;
      if (const auto whole = search->whole(word)) CHECK(expected.ids == std::vector<TokenId>{*whole});
      if (!search->encode(word, dead, symbols)) {
        CHECK_FALSE(search->is_complete());
        ++left;
        continue;
      }
      CHECK(symbols.ids == expected.ids);
      CHECK(symbols.ends == expected.ends);
      if (search->is_complete()) CHECK(search->whole(word).has_value() == (expected.ids.size() == 1));
      found += !search->is_complete();
    }
  }
  CHECK(complete > 300);
  CHECK(refused > 20);
  CHECK(found > 1000);
  CHECK(left > 300);
}

TEST_CASE("a word with a character that is no symbol is left to the merges") {
  std::mt19937 random(1);
  const auto search = Vocabulary(random, 14, 0).search();
  REQUIRE(search);
  TokenSearch::Dead dead;
  Symbols symbols;
  CHECK_FALSE(search->encode("abxba", dead, symbols));
  CHECK(symbols.ids.empty());
  CHECK(symbols.ends.empty());
}

TEST_CASE("merges that the search does not understand are refused") {
  const std::vector<TokenSearch::Symbol> symbols{{0, "a"}, {1, "b"}, {2, "c"}};
  const auto search = [&](const std::vector<Merge>& merges, std::size_t bytes = 100) {
    return TokenSearch::of(symbols, merges, bytes).has_value();
  };
  CHECK(search({{0, 1, 3, 0}, {3, 2, 4, 1}}));
  CHECK_FALSE(search({{3, 2, 4, 0}, {0, 1, 3, 1}}));       // before the merge that makes its part
  CHECK_FALSE(search({{0, 1, 3, 0}, {1, 2, 4, 0}}));       // equal ranks
  CHECK_FALSE(search({{0, 1, 3, 5}, {1, 2, 4, 3}}));       // not in order
  CHECK_FALSE(search({{0, 1, 3, 0}, {0, 1, 4, 1}}));       // one pair twice
  CHECK_FALSE(search({{0, 1, 2, 0}}));                     // what is merged is a symbol
  CHECK_FALSE(search({{0, 1, 4000000000u, 0}}));           // an id far beyond their count
  CHECK_FALSE(search({{0, 1, 3, 0}, {3, 3, 4, 1}}, 6));    // tokens with more text than the vocabulary has
}

TEST_CASE("tokens that double need no text of endless length") {
  const std::vector<TokenSearch::Symbol> symbols{{0, "a"}};
  std::vector<Merge> merges;
  for (TokenId id = 0; id < 60; ++id) merges.push_back({id, id, id + 1, id});
  CHECK_FALSE(TokenSearch::of(symbols, merges, 1000).has_value());
}
