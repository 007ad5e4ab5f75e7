#include <doctest/doctest.h>

#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/models/sentencepiece.h"
#include "core/normalizer/sentencepiece.h"
#include "parts.h"

using namespace polyvocab;

namespace {

struct Piece {
  std::string text;
  float score = 0;
  PieceType type = PieceType::normal;
};

// Pieces as the core takes them.
struct Block {
  std::string bytes;
  std::vector<std::uint64_t> offsets{0};
  std::vector<float> scores;
  std::vector<PieceType> types;

  explicit Block(const std::vector<Piece>& pieces) {
    for (const auto& [text, score, type] : pieces) {
      bytes += text;
      offsets.push_back(bytes.size());
      scores.push_back(score);
      types.push_back(type);
    }
  }
  Strings strings() const { return {bytes, offsets.data(), types.size()}; }
};

ModelPtr bpe(const std::vector<Piece>& pieces, bool byte_fallback = false) {
  const Block block(pieces);
  return sentencepiece_bpe(block.strings(), block.scores, block.types, byte_fallback);
}

std::string normal(const SentencePieceRules& rules, std::string_view text) {
  Text out(text, 0, false);
  sentencepiece_normalizer(rules)->normalize(out);
  return out.bytes;
}

const Piece unknown{"<unk>", 0, PieceType::unknown};

}  // namespace

TEST_CASE("the pair with the highest score merges first, the leftmost of equals") {
  const auto model = bpe({unknown, {"a", -9}, {"b", -9}, {"c", -9}, {"ab", -2}, {"bc", -1}, {"aa", -3}});
  CHECK(ids(*model, "abc") == std::vector<TokenId>{1, 5});
  CHECK(ids(*model, "aaa") == std::vector<TokenId>{6, 1});
}

TEST_CASE("a character needs no piece of its own to merge, and unknown neighbours are one token") {
  const auto model = bpe({unknown, {"xy", -1}, {"a", -2}});
  CHECK(ids(*model, "xyaxxy") == std::vector<TokenId>{1, 2, 0, 1});
  Tokens out;
  out.want_spans = true;
  model->encode("aéza", *model->scratch(), out);
  CHECK(out.ids == std::vector<TokenId>{2, 0, 2});
  CHECK(out.spans == std::vector<Span>{{0, 1}, {1, 4}, {4, 5}});
}

TEST_CASE("a piece comes about from the parts that its text alone would give") {
  // abc has two splits; (a, bc) can never happen, for ab is merged first.
  const auto model = bpe({unknown, {"a", -9}, {"b", -9}, {"c", -9}, {"ab", -1}, {"bc", -2}, {"abc", -3}});
  CHECK(ids(*model, "abc") == std::vector<TokenId>{6});
  CHECK(ids(*model, "bcabc") == std::vector<TokenId>{5, 6});
}

TEST_CASE("user-defined symbols are found first, the longest of them, and never merge") {
  constexpr auto user_defined = PieceType::user_defined;
  const auto model = bpe({unknown, {"a", -9}, {"b", -9}, {"ab", -1}, {"ba", 0, user_defined}, {"baa", 0, user_defined}});
  CHECK(ids(*model, "abaab") == std::vector<TokenId>{1, 5, 2});
  CHECK(ids(*model, "abab") == std::vector<TokenId>{1, 4, 2});
}

TEST_CASE("unused pieces merge, and are taken apart in the end") {
  constexpr auto unused = PieceType::unused;
  const auto model = bpe({unknown, {"a", -9}, {"b", -9}, {"ab", -1, unused}, {"abab", -2}, {"c", -9, unused}});
  CHECK(ids(*model, "ab") == std::vector<TokenId>{1, 2});
  CHECK(ids(*model, "abab") == std::vector<TokenId>{4});
  CHECK(ids(*model, "cab") == std::vector<TokenId>{0, 1, 2});
}

TEST_CASE("with byte fallback the last byte of an unknown character has its range") {
  std::vector<Piece> pieces{unknown, {"a", -1}};
  for (unsigned byte = 0; byte < 256; ++byte) {
    constexpr char digits[] = "0123456789ABCDEF";
    pieces.push_back({{'<', '0', 'x', digits[byte / 16], digits[byte % 16], '>'}, 0, PieceType::byte});
  }
  const auto model = bpe(pieces, true);
  Tokens out;
  out.want_spans = true;
  model->encode("aé", *model->scratch(), out);
  CHECK(out.ids == std::vector<TokenId>{1, 2 + 0xC3, 2 + 0xA9});
  CHECK(out.spans == std::vector<Span>{{0, 1}, {1, 1}, {1, 3}});
  pieces.pop_back();
  CHECK_THROWS_AS(bpe(pieces, true), std::invalid_argument);
}

TEST_CASE("models of characters and of words") {
  const Block block({unknown, {"a"}, {"▁a"}, {"▁"}, {"ba", 0, PieceType::user_defined}, {"c", 0, PieceType::unused}});
  const auto characters = sentencepiece_char(block.strings(), block.types, false);
  CHECK(ids(*characters, "▁abac▁x") == std::vector<TokenId>{3, 1, 4, 0, 3, 0});
  const auto words = sentencepiece_word(block.strings(), block.types, false);
  CHECK(ids(*words, "a▁a▁b▁c▁") == std::vector<TokenId>{1, 2, 0, 3});
}

TEST_CASE("a text that is cut has the ids of the whole") {
  std::mt19937 random(7);
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::vector<std::string> letters{"a", "b", "c", "▁", "é", "中"};
  std::size_t cuts = 0;
  for (int round = 0; round < 60; ++round) {
    std::vector<Piece> pieces{unknown};
    const auto add = [&](const std::string& text, PieceType type) {
      for (const Piece& piece : pieces) {
        if (piece.text == text) return;
      }
      pieces.push_back({text, -static_cast<float>(pick(6)), type});
    };
    for (const auto& letter : letters) {
      if (pick(4) > 0) add(letter, PieceType::normal);
    }
    for (int i = 0; i < 6; ++i) {
      std::string text;
      for (std::size_t n = 2 + pick(3); n > 0; --n) text += letters[pick(letters.size())];
      add(text, pick(5) == 0 ? PieceType::user_defined : PieceType::normal);
    }
    const auto model = bpe(pieces);
    for (int i = 0; i < 40; ++i) {
      std::string text;
      for (std::size_t n = 1 + pick(30); n > 0; --n) text += letters[pick(letters.size())];
      CHECK(ids_of_parts(*model, text, cuts) == ids(*model, text));
    }
  }
  CHECK(cuts > 300);
}

TEST_CASE("what the library would not load is refused") {
  CHECK_THROWS_WITH_AS(bpe({{"a", -1}}), "SentencePiece: there is no unknown token", std::invalid_argument);
  CHECK_THROWS_WITH_AS(bpe({unknown, {"a"}, {"a"}}), "SentencePiece: piece 1 is defined twice", std::invalid_argument);
  CHECK_THROWS_AS(bpe({unknown, {""}}), std::invalid_argument);
  CHECK_THROWS_AS(bpe({unknown, {"<0x41>", 0, PieceType::byte}}), std::invalid_argument);
  CHECK_THROWS_AS(sentencepiece_normalizer({.charsmap = "broken"}), std::invalid_argument);
}

TEST_CASE("spaces") {
  CHECK(normal({}, "  a  b ") == "▁a▁b");
  CHECK(normal({.remove_extra_whitespaces = false}, " a ") == "▁▁a▁");
  CHECK(normal({.add_dummy_prefix = false}, "a b") == "a▁b");
  CHECK(normal({.escape_whitespaces = false}, "a  b") == " a b");
  CHECK(normal({.treat_whitespace_as_suffix = true}, " a b ") == "a▁b▁");
  CHECK(normal({}, "   ").empty());
  CHECK(normal({}, "a▁ ") == "▁a");
  CHECK(normal({.remove_extra_whitespaces = false}, "").empty());
}

TEST_CASE("each byte reaches in the document to where the next one comes from") {
  Text text("a  é ", 10, true);
  sentencepiece_normalizer({})->normalize(text);
  CHECK(text.bytes == "▁a▁é");
  const Span space{11, 11}, last{11, 13};
  CHECK(text.spans == std::vector<Span>{{10, 10}, {10, 10}, {10, 10}, {10, 11}, space, space, last, {13, 13}, {13, 15}});
}

TEST_CASE("a part of a text is normalized as it is inside the whole") {
  const auto whole = sentencepiece_normalizer({});
  const auto inner = whole->part(false, false);
  REQUIRE(inner);
  Text text(" b ", 0, false);
  (*inner)->normalize(text);
  CHECK(text.bytes == "▁b▁");
  CHECK(whole->joins(' ', 'a'));
  CHECK_FALSE(whole->joins('a', ' '));
  CHECK_FALSE(sentencepiece_normalizer({.add_dummy_prefix = false, .remove_extra_whitespaces = false})->part(false, false));
}
