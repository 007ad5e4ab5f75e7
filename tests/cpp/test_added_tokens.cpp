#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "core/added_tokens/added_tokens.h"

using namespace polyvocab;

namespace {

// The segments as text, an added token between bars.
std::vector<std::string> segments(const AddedTokens& tokens, std::string_view text, bool encode_special_tokens = false) {
  std::vector<Segment> found;
  tokens.segment(text, encode_special_tokens, found);
  std::vector<std::string> shown;
  for (const Segment& segment : found) {
    const std::string part(text.substr(segment.begin, segment.end - segment.begin));
    shown.push_back(segment.id ? std::to_string(*segment.id) + "|" + part + "|" : part);
  }
  return shown;
}

using Shown = std::vector<std::string>;

AddedToken token(std::string content, TokenId id) { return {.content = std::move(content), .id = id}; }

}  // namespace

TEST_CASE("the leftmost longest matches") {
  const AddedTokens tokens({token("ab", 1), token("abcd", 2), token("bcx", 3), token("d", 4)});
  CHECK(segments(tokens, "xabcdab") == Shown{"x", "2|abcd|", "1|ab|"});
  CHECK(segments(tokens, "abcx") == Shown{"1|ab|", "cx"});
  CHECK(segments(tokens, "abc") == Shown{"1|ab|", "c"});
  CHECK(segments(tokens, "dd") == Shown{"4|d|", "4|d|"});
  CHECK(segments(tokens, "a") == Shown{"a"});
  CHECK(segments(tokens, "").empty());
  CHECK(segments(AddedTokens({}), "abc") == Shown{"abc"});
}

TEST_CASE("a rejected match hides what lies in it") {
  AddedToken word = token("ab", 1);
  word.single_word = true;
  const AddedTokens tokens({word, token("b", 2)});
  CHECK(segments(tokens, "ab") == Shown{"1|ab|"});
  CHECK(segments(tokens, "(ab)b") == Shown{"(", "1|ab|", ")", "2|b|"});
  CHECK(segments(tokens, "abc") == Shown{"abc"});
  CHECK(segments(tokens, "\u00E9ab") == Shown{"\u00E9ab"});
}

TEST_CASE("white space goes with a token") {
  AddedToken both = token("<m>", 1);
  both.lstrip = both.rstrip = true;
  const AddedTokens tokens({both, token("\n", 2)});
  CHECK(segments(tokens, "a \u3000<m>  b") == Shown{"a", "1| \u3000<m>  |", "b"});
  CHECK(segments(tokens, "<m> <m>") == Shown{"1|<m> |", "1|<m>|"});
  CHECK(segments(tokens, "<m>\nb") == Shown{"1|<m>\n|", "2|\n|", "b"});  // found once more
}

TEST_CASE("a token whose place is taken is left out") {
  AddedToken right = token("<m>", 1);
  right.rstrip = true;
  AddedToken left = token("\n", 2);
  left.lstrip = true;
  CHECK(segments(AddedTokens({right, left}), "<m>\nb") == Shown{"1|<m>\n|", "b"});
}

TEST_CASE("special tokens may be text") {
  AddedToken special = token("<s>", 1);
  special.special = true;
  const AddedTokens tokens({special, token("<t>", 2)});
  CHECK(segments(tokens, "<s><t>") == Shown{"1|<s>|", "2|<t>|"});
  CHECK(segments(tokens, "<s><t>", true) == Shown{"<s>", "2|<t>|"});
}

TEST_CASE("contents that no one can search for are refused") {
  CHECK_THROWS_WITH_AS(AddedTokens({token("", 7)}), "added token 7 is empty", std::invalid_argument);
  CHECK_THROWS_AS(AddedTokens({token("a", 1), token("b", 2), token("a", 3)}), std::invalid_argument);
}

TEST_CASE("few and many tokens are found alike, wherever they lie in a long text") {
  for (const std::size_t more : {0, 12, 5000}) {
    std::vector<AddedToken> list{token("<a>", 1), token("<a>b", 2), token("\u2581\u2581", 3), token("~", 4)};
    for (std::size_t i = 0; i < more; ++i) {
      const std::string letter(1, static_cast<char>('A' + i % 26));
      list.push_back(token(letter + std::to_string(i) + "#", static_cast<TokenId>(10 + i)));
    }
    const AddedTokens tokens(std::move(list));
    for (std::size_t pad = 0; pad < 600; pad += 7) {
      const std::string before(pad, '.');
      const std::string text = before + "<a>bx<a>\u2581\u2581<a" + before + "~";
      Shown expected{"2|<a>b|", "x", "1|<a>|", "3|\u2581\u2581|", "<a" + before, "4|~|"};
      if (pad > 0) expected.insert(expected.begin(), before);
      CHECK(segments(tokens, text) == expected);
    }
    if (more > 0) CHECK(segments(tokens, "_B1#_") == Shown{"_", "11|B1#|", "_"});
  }
}
