#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "core/pre_tokenizer/pre_tokenizer.h"

using namespace polyvocab;

namespace {

using Words = std::vector<std::string>;
using Spans = std::vector<Span>;

Words words(const PreTokenizerPtr& pre_tokenizer, std::string_view text, Spans* origins = nullptr, std::uint32_t offset = 0) {
  Words words[2];
  for (const bool aligned : {false, true}) {
    Text cut(text, offset, aligned);
    Spans pieces;
    if (!text.empty()) pieces.push_back({0, cut.size()});
    pre_tokenizer->cut(cut, pieces);
    for (const Span piece : pieces) {
      CHECK(piece.begin < piece.end);
      words[aligned ? 1 : 0].push_back(cut.bytes.substr(piece.begin, piece.end - piece.begin));
      if (aligned && origins) origins->push_back({cut.spans[piece.begin].begin, cut.spans[piece.end - 1].end});
    }
  }
  CHECK(words[0] == words[1]);
  return words[1];
}

Spans origins(const PreTokenizerPtr& pre_tokenizer, std::string_view text) {
  Spans origins;
  words(pre_tokenizer, text, &origins);
  return origins;
}

}  // namespace

TEST_CASE("the behaviours of a split") {
  const auto split = [](Behavior behavior, bool invert = false) {
    return words(split_text("-", behavior, invert), "-the-fin--al");
  };
  CHECK(split(Behavior::removed) == Words{"the", "fin", "al"});
  CHECK(split(Behavior::isolated) == Words{"-", "the", "-", "fin", "-", "-", "al"});
  CHECK(split(Behavior::merged_with_previous) == Words{"-", "the-", "fin-", "-", "al"});
  CHECK(split(Behavior::merged_with_next) == Words{"-the", "-fin", "-", "-al"});
  CHECK(split(Behavior::contiguous) == Words{"-", "the", "-", "fin", "--", "al"});
  CHECK(split(Behavior::removed, true) == Words{"-", "-", "-", "-"});
  CHECK(split(Behavior::merged_with_next, true) == Words{"-", "the-", "fin-", "-", "al"});
}

TEST_CASE("the empty text splits between all characters") {
  CHECK(words(split_text("", Behavior::isolated, false), "a\u00E9b") == Words{"a", "\u00E9", "b"});
  CHECK(words(split_text("", Behavior::removed, true), "ab").empty());
}

TEST_CASE("classes of characters") {
  CHECK(words(whitespace(), "Hey, \u00E9t\u00E9_1 !?\u3000x") == Words{"Hey", ",", "\u00E9t\u00E9_1", "!?", "x"});
  CHECK(words(whitespace_split(), " a,b\u00A0c\n") == Words{"a,b", "c"});
  CHECK(words(bert_pre_tokenizer(), " it's $5\u2014ok") == Words{"it", "'", "s", "$", "5", "\u2014", "ok"});
  CHECK(words(punctuation(Behavior::isolated), "a!?b") == Words{"a", "!", "?", "b"});
  CHECK(words(punctuation(Behavior::contiguous), "a!?b") == Words{"a", "!?", "b"});
  CHECK(words(digits(true), "a12\u00BD") == Words{"a", "1", "2", "\u00BD"});
  CHECK(words(digits(false), "12a\u0663 4") == Words{"12", "a", "\u0663", " ", "4"});
  CHECK(words(char_delimiter_split(U'\u2581'), "a\u2581\u2581" "b") == Words{"a", "b"});
  CHECK(words(whitespace(), "").empty());
}

TEST_CASE("pieces of a fixed length") {
  CHECK(words(fixed_length(2), "a\u00E9b\u4E2Dc") == Words{"a\u00E9", "b\u4E2D", "c"});
  CHECK_THROWS_AS(fixed_length(0), std::invalid_argument);
}

TEST_CASE("scripts, and the spaces that get lost") {
  CHECK(words(unicode_scripts(), "  ab \u4EAC\u30AB\u30FC \u0431") == Words{"ab ", "\u4EAC\u30AB\u30FC ", "\u0431"});
  CHECK(origins(unicode_scripts(), "  ab \u4EAC") == Spans{{2, 5}, {5, 8}});
  CHECK(words(unicode_scripts(), "   ").empty());
}

TEST_CASE("Metaspace") {
  const std::string mark = "\u2581";
  CHECK(words(metaspace(U'\u2581', Prepend::always, true), "Hey  you") == Words{mark + "Hey", mark, mark + "you"});
  CHECK(words(metaspace(U'\u2581', Prepend::always, true), " a\u2581" "b ") == Words{mark + "a", mark + "b", mark});
  CHECK(words(metaspace(U'\u2581', Prepend::never, true), "a b") == Words{"a", mark + "b"});
  CHECK(words(metaspace(U'\u2581', Prepend::always, false), "a b") == Words{mark + "a" + mark + "b"});
  CHECK(origins(metaspace(U'\u2581', Prepend::always, true), "\u00E9 b") == Spans{{0, 2}, {2, 4}});
}

TEST_CASE("Metaspace at the beginning of the document only") {
  const auto first = metaspace(U'\u2581', Prepend::first, true);
  CHECK(words(first, "a") == Words{"\u2581" "a"});
  CHECK(words(first, "a", nullptr, 3) == Words{"a"});
  CHECK(words(pre_tokenizer_sequence({whitespace_split(), first}), "a b") == Words{"\u2581" "a", "b"});
  CHECK(first->needs_alignment(true));
  CHECK_FALSE(first->needs_alignment(false));
  CHECK(pre_tokenizer_sequence({whitespace_split(), first})->needs_alignment(false));
  CHECK_FALSE(pre_tokenizer_sequence({first, whitespace_split()})->needs_alignment(false));
  CHECK_FALSE(metaspace(U'\u2581', Prepend::always, true)->needs_alignment(true));
}

TEST_CASE("a space before each piece of ByteLevel") {
  CHECK(words(byte_level(true, nullptr), "ab") == Words{" ab"});
  CHECK(words(byte_level(true, nullptr), " ab") == Words{" ab"});
  CHECK(words(byte_level(false, nullptr), "ab") == Words{"ab"});
  const auto sequence = pre_tokenizer_sequence({digits(true), byte_level(true, nullptr)});
  CHECK(words(sequence, "a1 b") == Words{" a", " 1", " b"});
  CHECK(origins(sequence, "\u00E91") == Spans{{0, 2}, {2, 3}});
}
