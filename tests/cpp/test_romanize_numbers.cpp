#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/romanize/big_number.h"
#include "core/romanize/numbers.h"
#include "core/romanize/python_float.h"
#include "core/unicode/utf8.h"

using namespace polyvocab;
using namespace polyvocab::romanize;

namespace {

constexpr auto none = CharacterClass{0, 0, -1};

// Characters with their classes: all others are of class 0.
class TableOfNumbers {
 public:
  TableOfNumbers() {
    table.class_pages.assign(0x1100, 0);
    table.class_blocks.assign(256, 0);
    table.classes.push_back(none);
    for (const std::u32string_view ten : {U"0123456789", U"०१२३४५६७८९"}) {
      for (std::int64_t value = 0; value < 10; ++value) integer(ten[value], value, 1, NumberType::digit, false);
    }
    set_class(U'①', {0, 0, 1});  // a digit by its name, but no entry
    for (std::int64_t value = 0; value < 10; ++value) {
      integer(U"零一二三四五六七八九"[value], value, 1, NumberType::digit_like, true);
    }
    integer(U'〇', 0, 1, NumberType::digit_like, false);
    integer(U'兩', 2, 1, NumberType::digit_like, true);
    integer(U'陸', 6, 1, NumberType::digit_like, true);
    integer(U'什', 10, 10, NumberType::base, true);
    integer(U'十', 10, 10, NumberType::base, true);
    integer(U'卅', 30, 10, NumberType::multiple, true);
    integer(U'百', 100, 100, NumberType::base, true);
    integer(U'千', 1000, 1000, NumberType::base, true);
    integer(U'፭', 5, 1, NumberType::digit, false);
    for (const auto& [character, value, is_chinese] : std::vector<std::tuple<char32_t, std::int64_t, bool>>{
             {U'፻', 100, false}, {U'万', 10'000, true}, {U'亿', 100'000'000, true},
             {U'兆', 1'000'000'000'000, true}, {U'京', 10'000'000'000'000'000, true}}) {
      integer(character, value, value, NumberType::base, is_chinese);
      table.numbers.back().is_large_power = true;
    }
    entry({.character = U'½', .value = -1, .base = 0, .numerator = 1, .denominator = 2, .type = NumberType::fraction,
           .is_large_power = false, .is_chinese = false}, {has_number, 0, -1});
    std::ranges::sort(table.numbers, {}, &Number::character);
  }

  Table table;

 private:
  void set_class(char32_t c, CharacterClass value) {
    std::uint16_t& page = table.class_pages[c >> 8];
    if (page == 0) {
      page = static_cast<std::uint16_t>(table.class_blocks.size() / 256);
      table.class_blocks.resize(table.class_blocks.size() + 256, 0);
    }
    table.class_blocks[std::size_t{page} * 256 + (c & 0xFF)] = static_cast<std::uint16_t>(table.classes.size());
    table.classes.push_back(value);
  }
  void entry(const Number& number, CharacterClass value) {
    table.numbers.push_back(number);
    set_class(number.character, value);
  }
  void integer(char32_t c, std::int64_t value, std::int64_t base, NumberType type, bool is_chinese) {
    entry({c, value, base, 0, 0, type, false, is_chinese},
          {has_number, 0, static_cast<std::int16_t>(type == NumberType::digit ? value : -1)});
  }
};

// A lattice that knows numbers, and of rules only that every Chinese character is its own romanization in brackets.
class Romanized {
 public:
  std::string operator()(std::string_view text) {
    characters.clear();
    for (std::size_t at = 0; at < text.size();) {
      const auto [code, size] = utf8::decode(text.data() + at);
      characters.push_back(code);
      at += size;
    }
    lattice.begin(characters);
    for (std::uint32_t at = 0; at < lattice.size(); ++at) {
      if (characters[at] < 0x3007 || characters[at] > 0x9FFF) continue;
      lattice.add(at, at + 1, lattice.keep("[", lattice.keep(utf8::encode(characters[at]).view(), "]")), "rom", Plan::rule);
    }
    add_numbers(lattice, numbers);
    add_braille_numbers(lattice, numbers);
    std::string out;
    for (std::uint32_t at = 0; at < lattice.size();) {
      const EdgeId best = lattice.best_from(at);
      if (best == no_edge) {
        out += utf8::encode(characters[at++]).view();
        continue;
      }
      out += lattice.edges[best].text;
      at = lattice.edges[best].end;
    }
    return out;
  }

  // "start-end text (type)" of the edges of numbers, in their order; a star before those that were taken in.
  std::vector<std::string> edges() const {
    std::vector<std::string> all;
    for (const Edge& edge : lattice.edges) {
      if (edge.type == "rom") continue;
      all.push_back((edge.number >= 0 && edge.plan != Plan::active_number ? "*" : "") + std::to_string(edge.start) + "-" +
                    std::to_string(edge.end) + " " + std::string(edge.text) + " (" + std::string(edge.type) + ")");
    }
    return all;
  }

 private:
  TableOfNumbers known;
  Request request{known.table};
  std::vector<char32_t> characters;
  Numbers numbers;
  Lattice lattice{request};
};

using Edges = std::vector<std::string>;

}  // namespace

TEST_CASE("digits of any script, with a decimal point") {
  Romanized romanized;
  CHECK(romanized("") == "");
  CHECK(romanized("007") == "007");
  CHECK(romanized("२३") == "23");
  CHECK(romanized("1.50") == "1.50");
  CHECK(romanized("1.2.3") == "1.2.3");
  CHECK(romanized("1.") == "1.");
  CHECK(romanized(".5") == ".5");
  CHECK(romanized("5①") == "51");
}

TEST_CASE("powers of ten and large powers") {
  Romanized romanized;
  CHECK(romanized("二百三十") == "230");
  CHECK(romanized("五百零三") == "503");
  CHECK(romanized("零零五") == "5");
  CHECK(romanized("卅五") == "35");
  CHECK(romanized("一百六十万五千") == "1605000");
  CHECK(romanized("፭፻") == "500");
  CHECK(romanized("五万亿") == "50000[亿]");
  CHECK(romanized("1.5百") == "1.5·100");
}

TEST_CASE("a last Chinese digit takes the next lower power, once") {
  Romanized romanized;
  CHECK(romanized("一万五") == "15000");
  CHECK(romanized.edges() == Edges{"*0-1 1 (digit-like)", "*1-2 10000 (base)", "*2-3 5 (G4tag)", "*0-2 10000 (G3)",
                                   "0-3 15000 (G4)"});
  CHECK(romanized("一万五三") == "15003");
  CHECK(romanized("兆一") == "1100000000000");
  CHECK(romanized("一百五") == "105");
}

TEST_CASE("numbers of any size") {
  Romanized romanized;
  const std::string nines(40, '9'), many(5000, '7');
  CHECK(romanized("99999999999999999万") == "999999999999999990000");
  CHECK(romanized(nines + "百") == nines + "00");
  CHECK(romanized("零" + nines) == nines);
  CHECK(romanized("00" + nines + "万五") == nines + "5000");
  CHECK(romanized(many) == many);
  CHECK(romanized(many + "亿") == many + "00000000");
}

TEST_CASE("decimal numbers before a large power are rounded as Python rounds") {
  Romanized romanized;
  CHECK(romanized("1.5万") == "15000");
  CHECK(romanized("1.1万") == "11000");
  CHECK(romanized("2.345678901万") == "23456.78901");
  CHECK(romanized("0.000000001万") == "1e-05");
  CHECK(romanized("0.0000000001万") == "0");
  CHECK(romanized("1" + std::string(30, '0') + ".0万") == "10000000000000000608673814477275136");
  CHECK(romanized(std::string(400, '1') + ".5万") == "inf");
}

TEST_CASE("fractions and percentages") {
  Romanized romanized;
  CHECK(romanized("三分之二") == "2/3");
  CHECK(romanized("6分之3") == "3/6");
  CHECK(romanized("百分之五") == "5%");
  CHECK(romanized("百分之百") == "100%");
  CHECK(romanized("百分之1.50") == "1.5%");
  CHECK(romanized("百分之0.00001") == "1e-05%");
  CHECK(romanized("三分之" + std::string(30, '1')) == std::string(30, '1') + "/3");
  CHECK(romanized("三分之二分之五") == "2/3[分][之][五]");
  CHECK(romanized.edges() ==
        Edges{"*0-1 3 (digit-like)", "*3-4 2 (digit-like)", "*6-7 5 (digit-like)", "0-4 2/3 (fraction)", "3-7 5/2 (fraction)"});
}

TEST_CASE("a connector without two numbers that make a fraction is text") {
  Romanized romanized;
  CHECK(romanized("三分之") == "3[分][之]");
  CHECK(romanized("一分之微") == "1[分][之][微]");
  CHECK(romanized("三分之分之二") == "3[分][之][分][之]2");
  CHECK(romanized("零分之二") == "0[分][之]2");
  CHECK(romanized("三分之½") == "3[分][之]1/2");
  CHECK(romanized("三分之1.5") == "3[分][之]1.5");
}

TEST_CASE("signs") {
  Romanized romanized;
  CHECK(romanized("负五") == "-5");
  CHECK(romanized("負1.5") == "-1.5");
  CHECK(romanized("负三分之二") == "-2/3");
  CHECK(romanized("负百分之五") == "-5%");
  CHECK(romanized.edges() == Edges{"*1-2 100 (base)", "*4-5 5 (digit-like)", "1-5 5% (percentage)", "0-5 -5% (percentage -)"});
}

TEST_CASE("numbers that touch are kept apart") {
  Romanized romanized;
  CHECK(romanized("23½") == "23 1/2");
  CHECK(romanized("½½") == "1/2 1/2");
  CHECK(romanized("十一五") == "11·5");
  CHECK(romanized("一二三") == "1·2·3");
  CHECK(romanized("10一") == "10·1");
  CHECK(romanized("二百三百") == "200·300");
}

TEST_CASE("characters that are rarely numbers are words where they stand alone") {
  Romanized romanized;
  CHECK(romanized("万") == "[万]");
  CHECK(romanized("万五") == "15000");
  CHECK(romanized("千") == "1000");
  CHECK(romanized("兩") == "[兩]");
  CHECK(romanized("兩百") == "200");
  CHECK(romanized("京兆") == "10001000000000000");
  CHECK(romanized.edges().back() == "*0-2 10001000000000000 (G4)");
  CHECK(romanized("陸什") == "60");
  CHECK(romanized.edges().back() == "*0-2 60 (G1)");
}

TEST_CASE("Braille numbers") {
  Romanized romanized;
  CHECK(romanized("⠼⠁⠃⠲⠑⠀⠁") == "12.5⠀⠁");
  CHECK(romanized("⠼⠁⠂⠃") == "1,2");
  CHECK(romanized("⠼⠼⠚") == "0");
  CHECK(romanized("⠼⠇⠁") == "1");
  CHECK(romanized("⠁⠼⠇") == "⠁⠼⠇");
}

TEST_CASE("what a lattice held before does not matter") {
  Romanized used, fresh;
  used("三分之二 99999999999999999999万 ⠼⠁");
  CHECK(used("负23½") == fresh("负23½"));
  CHECK(used.edges() == fresh.edges());
}

TEST_CASE("decimal digits multiply and add") {
  std::string digits = "1";
  for (std::uint64_t factor = 1; factor <= 30; ++factor) multiply(digits, factor);
  CHECK(digits == "265252859812191058636308480000000");
  multiply(digits, 1'000'000'000'000'000'000);
  CHECK(digits == "265252859812191058636308480000000000000000000000000");
  multiply(digits, 0);
  CHECK(digits == "0");
  add(digits, 0);
  CHECK(digits == "0");
  add(digits, 18446744073709551615U);
  CHECK(digits == "18446744073709551615");
  add(digits, 18446744073709551615U);
  CHECK(digits == "36893488147419103230");
  digits.assign(50, '9');
  add(digits, 1);
  CHECK(digits == "1" + std::string(50, '0'));
}

TEST_CASE("floats are read, rounded and written as Python does") {
  const auto written = [](double x) {
    std::string text;
    append_float(text, x);
    return text;
  };
  CHECK(written(0) == "0.0");
  CHECK(written(100.25) == "100.25");
  CHECK(written(1e-5) == "1e-05");
  CHECK(written(1.5e-5) == "1.5e-05");
  CHECK(written(0.0001) == "0.0001");
  CHECK(written(1234567890123456.0) == "1234567890123456.0");
  CHECK(written(9999999999999998.0) == "9999999999999998.0");
  CHECK(written(1e16) == "1e+16");
  CHECK(written(1.7976931348623157e308) == "1.7976931348623157e+308");
  CHECK(written(parse_float("0." + std::string(323, '0') + "5")) == "5e-324");
  CHECK(written(parse_float("0." + std::string(400, '0') + "1")) == "0.0");
  CHECK(written(parse_float(std::string(309, '9') + ".0")) == "inf");
  CHECK(written(parse_float("00" + std::string(300, '0') + ".5")) == "0.5");
  CHECK(written(round_to_5_decimals(0.015625)) == "0.01562");  // a tie goes to the even digit
  CHECK(written(round_to_5_decimals(0.046875)) == "0.04688");
  CHECK(written(round_to_5_decimals(11000.000000000002)) == "11000.0");
  CHECK(written(round_to_5_decimals(1e300)) == "1e+300");
  std::string text = "=";
  append_integer(text, 1e23);
  CHECK(text == "=99999999999999991611392");
}
