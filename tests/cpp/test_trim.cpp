#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "core/trim/order.h"
#include "core/trim/token_parts.h"
#include "vocabulary.h"

using namespace polyvocab;

namespace {

std::vector<TokenId> numbers(std::size_t count) {
  std::vector<TokenId> out(count);
  std::iota(out.begin(), out.end(), 0);
  return out;
}

std::vector<TokenId> parts_of(const TokenParts& found, TokenId id) {
  return {found.parts.begin() + found.indptr[id], found.parts.begin() + found.indptr[id + 1]};
}

TokenKind kind(const TokenParts& found, TokenId id) { return static_cast<TokenKind>(found.kinds[id]); }

}  // namespace

TEST_CASE("a token of a BPE is made of the parts of its last merge, not of those that are listed first") {
  const Vocabulary tokens({"a", "b", "c", "ab", "bc", "abc", "cab"});
  const auto ids = numbers(7);
  const std::vector<Merge> merges{{0, 4, 5, 0}, {0, 1, 3, 1}, {1, 2, 4, 2}, {3, 2, 5, 3}};
  for (const int threads : {1, 2}) {
    const TokenParts found = bpe_parts(tokens.strings(), ids, merges, {}, 9, threads);
    CHECK(parts_of(found, 5) == std::vector<TokenId>{3, 2});
    CHECK(kind(found, 0) == TokenKind::symbol);
    CHECK(kind(found, 6) == TokenKind::never);
    CHECK(kind(found, 8) == TokenKind::absent);
    CHECK(found.indptr.size() == 10);
  }
  CHECK_THROWS_AS(bpe_parts(tokens.strings(), ids, merges, {}, 5, 1), std::invalid_argument);
}

TEST_CASE("long tokens, marks of words, and characters that are spelled by bytes") {
  std::string run = "a";
  std::vector<std::string> texts{"a", "a</w>", "<0xC3>", "<0xA9>", "\xC3\xA9", "aa"};
  for (int i = 0; i < 12; ++i) texts.push_back(run += run);
  const Vocabulary tokens(texts);
  std::vector<Merge> merges{{2, 3, 4, 0}, {0, 0, 6, 1}};
  for (TokenId i = 6; i + 1 < texts.size(); ++i) merges.push_back({i, i, i + 1, i});
  const auto ids = numbers(texts.size());
  const TokenParts found = bpe_parts(tokens.strings(), ids, merges, {.byte_fallback = true, .end_suffix = "</w>"},
                                     static_cast<TokenId>(texts.size()), 2);
  CHECK(kind(found, 5) == TokenKind::never);  // its string comes again behind it
  CHECK(parts_of(found, 6) == std::vector<TokenId>{0, 0});
  CHECK(parts_of(found, static_cast<TokenId>(texts.size() - 1)) ==
        std::vector<TokenId>(2, static_cast<TokenId>(texts.size() - 2)));
  CHECK(kind(found, 1) == TokenKind::symbol);
}

TEST_CASE("what replaces a piece or a token that is not there") {
  const Vocabulary pieces({"<unk>", "a", "b", "ab", "abc", "c"});
  const std::vector<double> scores{0, -3, -3, -2, -9, -4};
  const bool in_text[] = {false, true, true, true, true, true};
  const TokenParts unigram = unigram_parts(pieces.strings(), scores, in_text, 0, false, 6, 2);
  CHECK(parts_of(unigram, 4) == std::vector<TokenId>{3, 5});
  CHECK(kind(unigram, 4) == TokenKind::never);
  CHECK(kind(unigram, 3) == TokenKind::made);
  CHECK(kind(unigram, 1) == TokenKind::symbol);
  CHECK(kind(unigram, 0) == TokenKind::absent);

  const Vocabulary words({"[UNK]", "a", "##b", "ab", "abc", "##c"});
  const auto ids = numbers(6);
  const TokenParts wordpiece = wordpiece_parts(words.strings(), ids, 0, "##", 6, 2);
  CHECK(parts_of(wordpiece, 4) == std::vector<TokenId>{3, 5});
  CHECK(parts_of(wordpiece, 2) == std::vector<TokenId>{0});
}

TEST_CASE("orders have every token once, behind its parts, and costs end at the texts as they are") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::size_t size = 1 + random() % 30;
    std::vector<std::int64_t> indptr{0};
    std::vector<TokenId> parts;
    for (std::size_t id = 0; id < size; ++id) {
      for (std::size_t n = id == 0 ? 0 : random() % 3; n > 0; --n) parts.push_back(static_cast<TokenId>(random() % id));
      indptr.push_back(static_cast<std::int64_t>(parts.size()));
    }
    const PartLists lists{indptr, parts};
    std::vector<double> counts(size);
    for (double& count : counts) count = static_cast<double>(random() % 10);
    const auto marks = std::make_unique<bool[]>(size);
    const std::span<const bool> first(marks.get(), size);
    for (const auto& order : {order_by_count(lists, counts, first), order_by_leaves(lists, counts, first)}) {
      REQUIRE(order.size() == size);
      std::vector<bool> seen(size);
      for (const TokenId id : order) {
        CHECK(!seen[id]);
        seen[id] = true;
        for (const TokenId part : lists[id]) CHECK(seen[part]);
      }
      const Costs costs = costs_along(lists, counts, order);
      CHECK(costs.tokens.back() == std::accumulate(counts.begin(), counts.end(), 0.0));
      CHECK(costs.unknown.front() == costs.tokens.front());
      CHECK(std::ranges::is_sorted(costs.unknown, std::greater<>()));
    }
  }
}
