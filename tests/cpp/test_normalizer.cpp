#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/normalizer/normalizer.h"
#include "core/splitter/splitter.h"

using namespace polyvocab;

namespace {

using Spans = std::vector<Span>;

std::string normal(const NormalizerPtr& normalizer, std::string_view text) {
  Text plain(text, 0, false);
  normalizer->normalize(plain);
  Text aligned(text, 0, true);
  normalizer->normalize(aligned);
  CHECK(aligned.bytes == plain.bytes);
  CHECK(aligned.spans.size() == aligned.bytes.size());
  CHECK(plain.spans.empty());
  return plain.bytes;
}

Spans spans(const NormalizerPtr& normalizer, std::string_view text) {
  Text aligned(text, 0, true);
  normalizer->normalize(aligned);
  return aligned.spans;
}

// A table with one key per pair: a single byte, and what takes its place.
std::string charsmap(const std::vector<std::pair<unsigned char, std::string>>& rules) {
  // The root's children lie at 256 ^ byte, the value of byte b at 512 + b: its unit is 256 + b away from that.
  std::vector<std::uint32_t> units(1024, 1);
  units[0] = 256U << 10;
  std::string strings;
  for (const auto& [key, by] : rules) {
    const std::uint32_t at = 256 ^ key;
    const std::uint32_t leaf = 512 + key;
    units[at] = key | 1U << 8 | (at ^ leaf) << 10;
    units[leaf] = 1U << 31 | static_cast<std::uint32_t>(strings.size());
    strings += by + '\0';
  }
  std::string blob;
  const auto append = [&](std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) blob += static_cast<char>(value >> shift & 0xFF);
  };
  append(static_cast<std::uint32_t>(4 * units.size()));
  for (const std::uint32_t unit : units) append(unit);
  return blob + strings;
}

}  // namespace

TEST_CASE("lower case, in place and not") {
  CHECK(normal(lowercase(), "ABC xyz 09 [\\]") == "abc xyz 09 [\\]");
  CHECK(normal(lowercase(), "\u039F\u03A3 \u00C9") == "\u03BF\u03C3 \u00E9");  // no final sigma
  CHECK(normal(lowercase(), "A\u0130B\u212A") == "ai\u0307bk");               // longer, and shorter
  CHECK(spans(lowercase(), "\u0130b") == Spans{{0, 2}, {0, 2}, {0, 2}, {2, 3}});
}

TEST_CASE("normal forms, of a part of the text at a time") {
  CHECK(normal(unicode_form(Form::nfd), "caf\u00E9 \u00E9") == "cafe\u0301 e\u0301");
  CHECK(normal(unicode_form(Form::nfc), "cafe\u0301 e\u0301!") == "caf\u00E9 \u00E9!");
  CHECK(normal(unicode_form(Form::nfkc), "\uFB01n \u2460") == "fin 1");
  CHECK(normal(unicode_form(Form::nfkd), "\uFB01n\u00E9") == "fine\u0301");
  CHECK(normal(unicode_form(Form::nfc), "plain") == "plain");
  CHECK(spans(unicode_form(Form::nfc), "xe\u0301y") == Spans{{0, 1}, {1, 2}, {1, 2}, {4, 5}});
  CHECK(spans(unicode_form(Form::nfd), "x\u00E9y") == Spans{{0, 1}, {1, 3}, {1, 3}, {1, 3}, {3, 4}});
}

TEST_CASE("characters that go or become spaces") {
  CHECK(normal(nmt(), "a\x01\tb\u200Bc\u0085d\x7F") == "a b c\u0085" "d");
  CHECK(spans(nmt(), "\x01" "a\u2028b") == Spans{{1, 2}, {2, 5}, {5, 6}});
  CHECK(normal(strip_accents(), "e\u0301\u0903a") == "ea");
  CHECK(normal(strip_accents(), "\u00E9") == "\u00E9");  // not decomposed
}

TEST_CASE("strip") {
  CHECK(normal(strip(true, true), " \u3000a b\n") == "a b");
  CHECK(normal(strip(true, false), " \u3000a b\n") == "a b\n");
  CHECK(normal(strip(false, true), " \u3000a b\n") == " \u3000a b");
  CHECK(normal(strip(true, true), " \t ") == "");
  CHECK(spans(strip(true, true), "\u3000a ") == Spans{{3, 4}});
}

TEST_CASE("prepend and replace") {
  CHECK(normal(prepend("\u2581"), "ab") == "\u2581" "ab");
  CHECK(normal(prepend("\u2581"), "") == "");
  CHECK(spans(prepend("xy"), "\u00E9") == Spans{{0, 2}, {0, 2}, {0, 2}, {0, 2}});
  CHECK_THROWS_AS(prepend(""), std::invalid_argument);

  CHECK(normal(replace_text(" ", "\u2581"), " a b ") == "\u2581" "a\u2581" "b\u2581");
  CHECK(normal(replace_text("aa", ""), "aaaab") == "b");
  CHECK(spans(replace_text("ab", "xyz"), "cabd") == Spans{{0, 1}, {2, 3}, {2, 3}, {2, 3}, {3, 4}});  // for the b alone
  CHECK_THROWS_AS(replace_text("", "x"), std::invalid_argument);
}

TEST_CASE("what a pattern replaces may be gone before") {
  const auto spaces = replace_pattern(std::make_shared<const Splitter>(R"(\s+)", Dialect::oniguruma), "_");
  std::vector<char32_t> ends{Normalizer::nothing, U'a'};
  spaces->becomes(ends, true);
  CHECK(ends == std::vector<char32_t>{Normalizer::nothing, U'a'});
  ends.push_back(U' ');
  spaces->becomes(ends, true);
  CHECK(ends == std::vector<char32_t>{Normalizer::nothing, U'a', U'_', U'_'});
}

TEST_CASE("BERT") {
  CHECK(normal(bert(true, true, true, true), "H\u00C9\tllo\x01\u4E2D\u6587!") == "he llo \u4E2D  \u6587 !");
  CHECK(normal(bert(false, false, false, false), "H\u00C9\t\u4E2D") == "H\u00C9\t\u4E2D");
  CHECK(normal(bert(true, false, false, false), std::string_view("\0a\uFFFD\u00ADb", 8)) == "ab");
  CHECK(normal(bert(false, true, false, false), "\U0002B820\U0002B920") == "\U0002B820 \U0002B920 ");
  CHECK(spans(bert(true, true, true, true), "\u00C9\u4E2D") == Spans{{0, 2}, {2, 5}, {2, 5}, {2, 5}, {2, 5}, {2, 5}});
}

TEST_CASE("a charsmap") {
  const auto map = precompiled(charsmap({{'a', "xy"}, {'b', ""}, {'c', "\u00E9"}, {'\r', " "}}));
  CHECK(normal(map, "abc-\r\n.") == "xy\u00E9- .");
  CHECK(normal(map, "a\u0301z") == "xyz");  // the shortest key takes the whole cluster
  CHECK(normal(map, std::string_view("z\0a", 3)) == std::string("z\0xy", 4));
  CHECK(normal(map, "zz") == "zz");
  CHECK(spans(map, "zb-") == Spans{{0, 1}, {2, 3}});
  CHECK(spans(map, "ab-") == Spans{{0, 1}, {1, 2}, {2, 3}});  // an inserted character takes the place of what is dropped
  CHECK(spans(map, "bz-") == Spans{{0, 1}, {1, 2}});          // nothing is dropped at the beginning
}

TEST_CASE("a broken charsmap is refused, or finds nothing") {
  const std::string good = charsmap({{'a', "xy"}});
  CHECK_THROWS_AS(precompiled(""), std::invalid_argument);
  CHECK_THROWS_AS(precompiled(std::string(4, '\0')), std::invalid_argument);
  CHECK_THROWS_AS(precompiled(good.substr(0, 100)), std::invalid_argument);
  CHECK_THROWS_AS(precompiled(good + "\xFF"), std::invalid_argument);
  for (std::size_t at = 4; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(~bad[at]);
    try {
      normal(precompiled(bad), "abc \u00E9\xF4\x8F\xBF\xBF");
    } catch (const std::invalid_argument&) {
    }
  }
}

TEST_CASE("a sequence") {
  const auto all = normalizer_sequence({unicode_form(Form::nfd), lowercase(), strip_accents()});
  CHECK(normal(all, "\u00C9t\u00E9") == "ete");
  CHECK(normal(normalizer_sequence({}), "x") == "x");
}

TEST_CASE("Bert: characters that are looked up and those that are not") {
  // Marks of other kinds that move, syllables, ideographs, lower case that is longer, controls, spaces; and plain ones.
  const std::vector<char32_t> characters{
      U'a',   U'Z',   U' ',   U'\t',  0x00,   0xA0,   0xC9,   0xE7,   0x130,  0x23A,  0x300,   0x323,   0x345,   0x344,
      0x416,  0x439,  0x5D0,  0x5B0,  0x64B,  0x93C,  0x915,  0x94D,  0xE33,  0x1E9B, 0x200B,  0x2028,  0x212A,  0x302E,
      0x3042, 0x3099, 0x4E2D, 0xAC01, 0xF900, 0xFFFD, 0x10400, 0x1D165, 0x1D16D, 0x1F600, 0x20000, 0x2F800, 0xE0001};
  std::mt19937 random(9);
  for (const unsigned options : {0u, 1u, 2u, 3u, 4u, 8u, 12u, 14u, 15u}) {
    const auto normalizer = bert(options & 1, options & 2, options & 4, options & 8);
    for (int round = 0; round < 2000; ++round) {
      std::string text;
      const unsigned most = round % 100 == 0 ? 300 : 8;
      for (auto length = 1 + random() % most; length-- > 0;) utf8::append(text, characters[random() % characters.size()]);
      normal(normalizer, text);  // checks that the two ways are one
    }
  }
}
