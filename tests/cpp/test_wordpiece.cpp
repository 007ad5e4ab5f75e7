#include <doctest/doctest.h>

#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/models/word_level.h"
#include "core/models/wordpiece.h"
#include "vocabulary.h"

using namespace polyvocab;
using Ids = std::vector<TokenId>;

namespace {

std::vector<TokenId> ids_from(std::size_t count, TokenId first) {
  std::vector<TokenId> ids(count);
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

ModelPtr made(const std::vector<std::string>& tokens, std::string_view prefix = "##", std::size_t max_input_chars = 100,
              std::optional<TokenId> unknown = 10) {
  return wordpiece(Vocabulary(tokens).strings(), ids_from(tokens.size(), 10), unknown, prefix, max_input_chars);
}

}  // namespace

TEST_CASE("the longest token first") {
  const auto model = made({"[UNK]", "un", "##aff", "##able", "##a", "u", "##", "##n"});
  CHECK(encoded(*model, "unaffable") == Encoded{{11, 12, 13}, {{0, 2}, {2, 5}, {5, 9}}});
  CHECK(ids_of(*model, "una") == Ids{11, 14});
  CHECK(encoded(*model, "unaffablex") == Encoded{{10}, {{0, 10}}});  // one bad rest, one unknown word
  CHECK(ids_of(*model, "##") == Ids{16});
  CHECK(ids_of(*model, "##a") == Ids{14});  // a word may look like the rest of one
  CHECK(ids_of(*model, "u#") == Ids{10});
}

TEST_CASE("prefixes") {
  CHECK(ids_of(*made({"[UNK]", "a", "ab"}, ""), "abaab") == Ids{12, 11, 12});
  CHECK(ids_of(*made({"[UNK]", "a", "aa"}, "a"), "aaa") == Ids{12, 12});
  CHECK(ids_of(*made({"[UNK]", "a"}, "@@"), "aa") == Ids{10});
}

TEST_CASE("long words") {
  const auto model = made({"[UNK]", "\xC3\xA9", "##\xC3\xA9"}, "##", 3);
  CHECK(ids_of(*model, "\xC3\xA9\xC3\xA9\xC3\xA9") == Ids{11, 12, 12});
  CHECK(ids_of(*model, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9") == Ids{10});
  CHECK(ids_of(*model, std::string(1000, 'x')) == Ids{10});
  CHECK(ids_of(*made({"[UNK]", "a"}, "", 0), "a") == Ids{10});
}

TEST_CASE("what was there before an unknown word stays") {
  const auto model = made({"[UNK]", "a", "##b"});
  Tokens tokens;
  const auto scratch = model->scratch();
  for (const char* word : {"ab", "abx", "a"}) model->encode(word, *scratch, tokens);
  CHECK(tokens.ids == Ids{11, 12, 10, 11});
}

TEST_CASE("no unknown token") {
  const auto model = made({"a"}, "##", 100, std::nullopt);
  CHECK(ids_of(*model, "a") == Ids{10});
  CHECK_THROWS_AS(ids_of(*model, "b"), std::invalid_argument);
  CHECK_THROWS_AS(wordpiece(Vocabulary({"a"}).strings(), {}, 0, "##", 100), std::invalid_argument);
}

TEST_CASE("a word is a token") {
  const Vocabulary vocabulary({"[UNK]", "ab", "a", "ab"});
  const std::vector<TokenId> ids{5, 6, 7, 8};
  const auto model = word_level(vocabulary.strings(), ids, 5);
  CHECK(encoded(*model, "ab") == Encoded{{8}, {{0, 2}}});
  CHECK(encoded(*model, "abc") == Encoded{{5}, {{0, 3}}});
  CHECK_THROWS_AS(ids_of(*word_level(vocabulary.strings(), ids, std::nullopt), "abc"), std::invalid_argument);
}
