#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/models/best_path.h"
#include "core/models/sentencepiece_unigram.h"
#include "core/models/unigram.h"
#include "vocabulary.h"

using namespace polyvocab;
using Ids = std::vector<TokenId>;

namespace {

std::vector<std::string> with_bytes(std::vector<std::string> pieces) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (std::size_t i = 0; i < 256; ++i) pieces.push_back(std::string("<0x") + digits[i / 16] + digits[i % 16] + '>');
  return pieces;
}

ModelPtr made(const std::vector<std::string>& pieces, const std::vector<double>& scores, std::optional<TokenId> unknown,
              bool byte_fallback = false) {
  return unigram(Vocabulary(pieces).strings(), scores, unknown, byte_fallback);
}

// The pieces of the best path through a table of the whole word.
struct Step {
  std::uint32_t key;
  std::size_t begin, end;
  friend bool operator==(const Step&, const Step&) = default;
};

template <class Score>
std::vector<Step> table_path(const Pieces<Score>& pieces, std::string_view word) {
  std::vector<Score> total(word.size() + 1, -INFINITY);
  std::vector<Step> last(word.size() + 1);
  total[0] = 0;
  for (std::size_t begin = 0; begin < word.size(); ++begin) {
    for (std::size_t end = begin + 1; end <= std::min(word.size(), begin + pieces.longest); ++end) {
      const std::uint32_t key = pieces.trie.find(word.substr(begin, end - begin)).key();
      if (key == 0 && end > begin + 1) continue;
      const Score score = total[begin] + pieces.scores[key];
      if (!(score > total[end])) continue;
      total[end] = score;
      last[end] = {key, begin, end};
    }
  }
  std::vector<Step> path;
  for (std::size_t end = word.size(); end > 0; end = last[end].begin) path.insert(path.begin(), last[end]);
  return path;
}

}  // namespace

TEST_CASE("the best path, its ties and its unknown characters") {
  const auto model = made({"<unk>", "a", "b", "c", "d", "cd", "ab", "abc", "abcd"}, {0, 0, 0, 0, 0, 1, 2, 5, 10}, 0);
  CHECK(encoded(*model, "abcdacdxx") == Encoded{{8, 1, 5, 0}, {{0, 4}, {4, 5}, {5, 7}, {7, 9}}});
  // aa + a and a + aa have the same score: the longer last piece.
  CHECK(ids_of(*made({"<unk>", "a", "aa"}, {0, -1, -1}, 0), "aaa") == Ids{1, 2});
}

TEST_CASE("a run of unknown characters") {
  const std::vector<std::string> pieces{"<unk>", "a", "xyz"};
  // Two unknown characters and a third cost less than the piece here, and yet the run has the piece's id.
  CHECK(encoded(*made(pieces, {50, 50, 40}, 0), "axyza") == Encoded{{1, 2, 1}, {{0, 1}, {1, 4}, {4, 5}}});
  // The unknown token's own text joins a run.
  CHECK(encoded(*made(pieces, {0, 0, 0}, 0), "<unk>xa") == Encoded{{0, 1}, {{0, 6}, {6, 7}}});
  CHECK(ids_of(*made({"a", "b", "a"}, {0, 0, 0}, 1), "ab") == Ids{2, 1});  // the last of equal pieces
  CHECK_THROWS_AS(ids_of(*made(pieces, {0, 0, 0}, std::nullopt), "ax"), std::invalid_argument);
}

TEST_CASE("characters at the end that are in no piece") {
  const std::vector<std::string> pieces{"<unk>", "a", "cd", "\xE4\xB8\xADx"};  // 中 begins a piece
  const auto model = made(pieces, {0, 0, 0, 0}, 0);
  CHECK(encoded(*model, "a\xD0\xB6\xD0\xB6") == Encoded{{1, 0}, {{0, 1}, {1, 5}}});
  CHECK(encoded(*model, "\xD0\xB6") == Encoded{{0}, {{0, 2}}});
  CHECK(encoded(*model, "ac\xD0\xB6") == Encoded{{1, 0}, {{0, 1}, {1, 4}}});  // one run with the c before them
  CHECK(encoded(*model, "a\xD0\xB6" "a") == Encoded{{1, 0, 1}, {{0, 1}, {1, 3}, {3, 4}}});
  CHECK(encoded(*model, "a\xE4\xB8\xADx\xD0\xB6") == Encoded{{1, 3, 0}, {{0, 1}, {1, 5}, {5, 7}}});
  CHECK_THROWS_AS(ids_of(*made(pieces, {0, 0, 0, 0}, std::nullopt), "a\xD0\xB6"), std::invalid_argument);
}

TEST_CASE("a run as bytes") {
  const auto pieces = with_bytes({"<unk>", "a"});
  std::vector<double> scores(pieces.size(), -1);
  const auto model = made(pieces, scores, 0, true);
  CHECK(encoded(*model, "a\xC3\xA9" "1") == Encoded{{1, 2 + 0xC3, 2 + 0xA9, 2 + 0x31}, {{0, 1}, {1, 4}, {1, 4}, {1, 4}}});
  CHECK(ids_of(*made(pieces, scores, 0, false), "a\xC3\xA9") == Ids{1, 0});
  CHECK(ids_of(*made({"<unk>", "<0xC3>"}, {0, 0}, 0, true), "\xC3\xA9") == Ids{0});
}

TEST_CASE("a model that is no model") {
  CHECK_THROWS_AS(made({"a"}, {}, std::nullopt), std::invalid_argument);
  CHECK_THROWS_AS(made({"a"}, {0}, 1), std::invalid_argument);
  CHECK_THROWS_AS(made({"a"}, {NAN}, 0), std::invalid_argument);
  CHECK_THROWS_AS(made({"a"}, {-INFINITY}, 0), std::invalid_argument);
  CHECK_THROWS_AS(ids_of(*made({}, {}, std::nullopt), "a"), std::invalid_argument);
}

TEST_CASE_TEMPLATE("windows do not change the path", Score, float, double) {
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> strings;
    for (int i = 0; i < 12; ++i) {
      strings.emplace_back(1 + random() % 5, 'a');
      for (char& c : strings.back()) c = static_cast<char>('a' + random() % 2);
    }
    Pieces<Score> pieces;
    pieces.trie = DoubleArray(Vocabulary(strings).strings());
    pieces.scores.push_back(-20);
    // Whole scores make many ties, and paths that stay apart for long.
    for (std::size_t i = 0; i < strings.size(); ++i) {
      const auto score = static_cast<Score>(random() % 1000) / 100;
      pieces.scores.push_back(round % 2 == 0 ? std::floor(score / 5) - 2 : -score);
    }
    pieces.longest = 5;
    std::string word(9000 + random() % 9000, 'a');
    if (round % 4 < 2) {
      for (char& c : word) c = static_cast<char>('a' + random() % 2);
    }
    std::vector<Step> steps;
    BestPath<Score> path;
    path.find(pieces, word, Score{0}, [&](std::uint32_t key, std::size_t begin, std::size_t end) {
      steps.push_back({key, begin, end});
    });
    CHECK(steps == table_path(pieces, word));
  }
}

TEST_CASE("SentencePiece: types of pieces") {
  using enum PieceType;
  const std::vector<std::string> pieces{"<unk>", "<s>", "a", "b", "ab", "abc", "<0x61>"};
  const std::vector<float> scores{0, 0, -1, -2, -9, 0, 0};
  std::array types{unknown, control, normal, normal, user_defined, unused, control};
  const Vocabulary vocabulary(pieces);
  const auto model = sentencepiece_unigram(vocabulary.strings(), scores, types, false);
  CHECK(encoded(*model, "abcca<s>") == Encoded{{4, 0, 2, 0}, {{0, 2}, {2, 4}, {4, 5}, {5, 8}}});
  const auto refused = [&](std::size_t i, PieceType type, bool byte_fallback = false) {
    auto changed = types;
    changed[i] = type;
    CHECK_THROWS_AS(sentencepiece_unigram(vocabulary.strings(), scores, changed, byte_fallback), std::invalid_argument);
  };
  refused(0, normal);                       // no unknown token
  refused(1, unknown);                      // two
  refused(6, byte);                         // a byte without byte fallback
  refused(6, byte, true);                   // not all bytes
  refused(3, static_cast<PieceType>(7));    // no type
  const std::array no_text{unknown, control};
  CHECK_THROWS_AS(sentencepiece_unigram(Vocabulary({"<unk>", "<s>"}).strings(), std::vector<float>{0, 0}, no_text, false),
                  std::invalid_argument);
  const std::array twice{unknown, normal, unused};
  for (const char* bad : {"a", "", "x"}) {  // equal pieces, an empty one, and one that is fine
    const Vocabulary other({"<unk>", "a", bad});
    const auto make = [&] { sentencepiece_unigram(other.strings(), std::vector<float>{0, 0, 0}, twice, false); };
    if (std::string_view(bad) == "x") {
      CHECK_NOTHROW(make());
    } else {
      CHECK_THROWS_AS(make(), std::invalid_argument);
    }
  }
}

TEST_CASE("SentencePiece: bytes of unknown characters") {
  const auto pieces = with_bytes({"<unk>", "a"});
  std::vector<PieceType> types(pieces.size(), PieceType::byte);
  types[0] = PieceType::unknown;
  types[1] = PieceType::normal;
  const auto model = sentencepiece_unigram(Vocabulary(pieces).strings(), std::vector<float>(pieces.size()), types, true);
  CHECK(encoded(*model, "a\xC3\xA9" "1") == Encoded{{1, 2 + 0xC3, 2 + 0xA9, 2 + 0x31}, {{0, 1}, {1, 1}, {1, 3}, {3, 4}}});
}

TEST_CASE("SentencePiece: a sentence in parts is the sentence") {
  std::mt19937 random(3);
  const std::vector<std::string> pieces{"<unk>", "_", "_a", "a", "b", "ab", "_ab", "ba"};
  const std::vector<float> scores{0, -3.1F, -4.7F, -2.3F, -2.9F, -5.2F, -7.6F, -5.2F};
  std::vector<PieceType> types(pieces.size(), PieceType::normal);
  types[0] = PieceType::unknown;
  const auto model = sentencepiece_unigram(Vocabulary(pieces).strings(), scores, types, false);
  const auto scratch = model->scratch();
  std::string sentence;
  Tokens parts;
  float total = 0;
  for (int i = 0; i < 40000; ++i) {  // far enough for the total to start again from 0 more than once
    std::string word = "_";
    for (auto length = random() % 6; length-- > 0;) word += "ab"[random() % 2];
    total = model->encode_from(word, total, *scratch, parts);
    sentence += word;
  }
  CHECK(parts.ids == ids_of(*model, sentence));
}
