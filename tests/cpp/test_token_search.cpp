#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/models/symbols.h"
#include "core/models/token_search.h"

using namespace polyvocab;

namespace {

// Tokens over a few letters with merges in order of rank, most of them such that a trainer could have learnt them.
struct Vocabulary {
  std::vector<std::string> tokens;
  std::vector<Merge> merges;
  std::size_t letters;
  std::size_t bytes = 0;

  Vocabulary(std::mt19937& random, bool regular) : tokens{"a", "b", "c"}, letters(tokens.size()) {
    const auto pick = [&](std::size_t n) { return static_cast<TokenId>(random() % n); };
    for (std::size_t n = 1 + pick(14); n > 0; --n) {
      const TokenId left = pick(tokens.size()), right = pick(tokens.size());
      const std::string both = tokens[left] + tokens[right];
      const auto known = std::ranges::find(tokens, both);
      const auto merged = static_cast<TokenId>(known - tokens.begin());
      const bool is_new = std::ranges::none_of(merges, [&](const Merge& m) { return m.left == left && m.right == right; });
      if (both.size() > 12 || !is_new) continue;
      if (known == tokens.end()) tokens.push_back(both);
      merges.push_back({left, right, merged, static_cast<std::uint32_t>(merges.size())});
    }
    if (!regular) {
      std::ranges::shuffle(merges, random);
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

TEST_CASE("the search finds what merging leaves") {
  std::mt19937 random(11);
  std::size_t found = 0, refused = 0;
  for (int round = 0; round < 600; ++round) {
    const Vocabulary vocabulary(random, round % 3 != 0);
    const auto search = vocabulary.search();
    (search ? found : refused) += 1;
    if (!search) continue;
    TokenSearch::Dead dead;
    for (int i = 0; i < 60; ++i) {
      const std::string word = random_word(random);
      const Symbols expected = merged(vocabulary, word);
      Symbols symbols;
      REQUIRE(search->encode(word, dead, symbols));
      CHECK(symbols.ids == expected.ids);
      CHECK(symbols.ends == expected.ends);
      const auto whole = search->whole(word);
      CHECK(whole.has_value() == (expected.ids.size() == 1));
      if (whole) CHECK(*whole == expected.ids[0]);
    }
  }
  CHECK(found > 300);
  CHECK(refused > 20);
}

TEST_CASE("a word with a character that is no symbol is left to the merges") {
  std::mt19937 random(1);
  const auto search = Vocabulary(random, true).search();
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
