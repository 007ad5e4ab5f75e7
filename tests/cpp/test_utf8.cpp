#include <doctest/doctest.h>

#include <string>

#include "core/unicode/utf8.h"

using namespace polyvocab;

namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_scalar(char32_t code) { return code < 0xD800 || (code > 0xDFFF && code < 0x110000); }

}  // namespace

TEST_CASE("every scalar value survives the way to UTF-8 and back") {
  std::string all;
  std::size_t scalars = 0;
  bool same = true;
  for (char32_t code = 0; code < 0x110000; ++code) {
    const utf8::Encoded encoded = utf8::encode(code);
    const auto [decoded, size] = utf8::decode(encoded.bytes);
    same = same && decoded == code && size == encoded.size;
    same = same && utf8::length(static_cast<unsigned char>(encoded.bytes[0])) == size;
    same = same && (utf8::first_invalid(encoded.view()) == npos) == is_scalar(code);
    if (is_scalar(code)) {
      utf8::append(all, code);
      ++scalars;
    }
  }
  CHECK(same);
  CHECK(utf8::first_invalid(all) == npos);
  CHECK(utf8::count(all) == scalars);
  CHECK(utf8::lossy(all) == all);
}

TEST_CASE("characters are counted whatever the length of the text") {
  std::string text;
  for (std::size_t count = 0; count < 40; ++count) {
    CHECK(utf8::count(text) == count);
    utf8::append(text, count % 3 == 0 ? U'a' : count % 3 == 1 ? U'\u00E9' : U'\U0001F469');
  }
}

TEST_CASE("what is no UTF-8 is found at every offset") {
  // An end of a character, overlong forms, surrogates, code points above U+10FFFF, bytes that never occur, truncation.
  const std::string bad[] = {
      "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
      "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE4\xB8", "\xF0\x9F\x91",
      "\xC3\x41", "\xE4\xB8\x41", "\xF0\x9F\x91\x41",
  };
  for (const std::string& part : bad) {
    for (std::size_t before = 0; before < 20; ++before) {
      for (const std::string after : {"", "b", "bbbbbbbbbbbbbbbb"}) {
        CHECK(utf8::first_invalid(std::string(before, 'a') + part + after) == before);
        CHECK(utf8::first_invalid("\u00E9\u4E16" + std::string(before, 'a') + part + after) == before + 5);
      }
    }
  }
}

TEST_CASE("each maximal invalid part becomes one replacement character") {
  // The example of the Unicode standard, table 3-8, and its neighbours.
  CHECK(utf8::lossy("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82" "A") ==
        "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD" "A");
  CHECK(utf8::lossy("\xED\xA0\x80\xED\xBF\xBF\xED\xAF" "A") ==
        "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD" "A");
  CHECK(utf8::lossy("\xF4\x91\x92\x93\xFF" "A\x80\xBF" "B") == "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD" "A\uFFFD\uFFFD" "B");
  CHECK(utf8::lossy("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF" "A") == "\uFFFD\uFFFD\uFFFD\uFFFD" "A");
  CHECK(utf8::lossy("") == "");
  CHECK(utf8::lossy("\xE4\xB8") == "\uFFFD");
}
