#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/json/keep_tokens.h"
#include "core/json/number.h"
#include "core/json/tokenizer_json.h"
#include "core/models/find_strings.h"
#include "core/models/merges.h"

using namespace polyvocab;
using json::read_tokenizer_json;
using json::TokenizerJson;

namespace {

double number(std::string_view text) {
  json::Number value;
  std::size_t at = 0;
  REQUIRE(json::read_number(text, at, value) == json::NumberError::none);
  REQUIRE(at == text.size());
  return value.value;
}

std::size_t error_offset(std::string_view document) {
  try {
    read_tokenizer_json(document);
  } catch (const json::Error& error) {
    return error.offset;
  }
  return std::string_view::npos;
}

}  // namespace

TEST_CASE("a number has one rounding for its digits and one for its power of ten") {
  CHECK(number("-13.815511703491211") == -13.815511703491213);  // the nearest double would be ...211
  CHECK(number("0.1") == 0.1);
  CHECK(number("1e308") == 1e308);
  CHECK(number("123456789012345678901234567890") == 1.2345678901234568e29);
  CHECK(number("0.00000000000000000000000000000001e-300") == 0.0);
  CHECK(number("0e99999999999") == 0.0);
  CHECK(std::signbit(number("-0")));
}

TEST_CASE("what is no number stays unread") {
  for (const std::string_view text : {"", "-", "01", "1.", ".5", "1e", "1e+", "+1", "NaN"}) {
    json::Number value;
    std::size_t at = 0;
    CHECK(json::read_number(text, at, value) == json::NumberError::malformed);
    CHECK(at == 0);
  }
  json::Number value;
  std::size_t at = 0;
  CHECK(json::read_number("1e309", at, value) == json::NumberError::out_of_range);
}

TEST_CASE("the vocabulary and the merges leave the skeleton") {
  const auto read = read_tokenizer_json(
      R"({"model": {"type": "BPE", "vocab": {"a": 0, "\u00e9\ud83d\ude00": 7, "a": 3}, "merges": [["a", "b"]]}, "x": [{}]})");
  CHECK(read.skeleton == R"({"model": {"type": "BPE", "vocab": null, "merges": null}, "x": [{}]})");
  CHECK(read.vocab == TokenizerJson::Vocab::ids);
  REQUIRE(read.ids.size() == 2);
  CHECK(read.tokens.view()[0] == "é😀");
  CHECK(read.ids[0] == 7);
  CHECK(read.tokens.view()[1] == "a");
  CHECK(read.ids[1] == 3);
  CHECK(read.merges == TokenizerJson::Merges::pairs);
  CHECK(read.merge_parts.bytes == "ab");
}

TEST_CASE("a vocabulary of scores keeps equal pieces") {
  const auto read = read_tokenizer_json(R"({"model":{"vocab":[["a",-1],["a",0.5]]}})");
  CHECK(read.vocab == TokenizerJson::Vocab::scores);
  CHECK(read.tokens.bytes == "aa");
  CHECK(read.scores == std::vector<double>{-1, 0.5});
  CHECK(read.merges == TokenizerJson::Merges::absent);
}

TEST_CASE("entries that stay are copied as they stand") {
  const std::vector<std::int64_t> new_ids{0, -1, 10};
  const bool stays[] = {false, true};
  const auto ids = json::keep_tokens(
      R"({ "model" : { "vocab" : { "\u00e9" : 0 , "b":1,  "c" :2 }, "merges": [ "#version", "a b" ,"b c"] } })", new_ids, stays);
  CHECK(ids.skeleton == R"({ "model" : { "vocab" : null, "merges": null } })");
  CHECK(ids.vocab == R"({ "\u00e9" : 0,  "c" :10 })");
  CHECK(ids.tokens == 2);
  CHECK(ids.merges == R"([ "#version" ,"b c"])");
  const auto scores = json::keep_tokens(R"({"model":{"vocab":[[ "a", -1e-3 ],["b",0], ["c",1],["d",2]]}})", new_ids, {});
  CHECK(scores.vocab == R"([[ "a", -1e-3 ], ["c",1]])");
  CHECK(scores.tokens == 2);
  CHECK(scores.merges.empty());
  const auto none = json::keep_tokens(R"({"model":{"vocab":{ },"merges":[ ["a","b"] ]}})", {}, std::span(stays).first(1));
  CHECK(none.vocab == "{ }");
  CHECK(none.merges == "[]");
  CHECK_THROWS_AS(json::keep_tokens(R"({"model":{"merges":["a b"]}})", new_ids, stays), std::invalid_argument);
  CHECK_THROWS_AS(json::keep_tokens(R"({"model":{"merges":["a b"]}})", new_ids, {}), std::invalid_argument);
}

TEST_CASE("vocab and merges elsewhere, or of other types, stay in the skeleton") {
  for (const std::string document :
       {R"({"vocab":{"a":"b"},"x":{"model":{"vocab":{"a":0}}}})", R"({"model":{"vocab":5}})", "[]"}) {
    const auto read = read_tokenizer_json(document);
    CHECK(read.skeleton == document);
    CHECK(read.vocab == TokenizerJson::Vocab::absent);
  }
}

TEST_CASE("malformed documents name the byte") {
  CHECK(error_offset("") == 0);
  CHECK(error_offset("{} {}") == 3);
  CHECK(error_offset("[1,]") == 3);
  CHECK(error_offset(R"({"a" 1})") == 5);
  CHECK(error_offset("\"\\ud800\"") == 1);
  CHECK(error_offset("\"\\x\"") == 1);
  CHECK(error_offset("\"a\nb\"") == 2);
  CHECK(error_offset("\"\xff\"") == 1);
  CHECK(error_offset(R"({"model":{"vocab":{"a":1.0}}})") == 23);
  CHECK(error_offset(R"({"model":{"vocab":{"a":4294967296}}})") == 23);
  CHECK(error_offset(R"({"model":{"merges":["a b",["c","d"]]}})") == 26);
  CHECK(error_offset(R"({"model":{"vocab":[["a",1)") == 25);
  CHECK(error_offset(R"({"model":{},"model":{}})") == 12);
}

TEST_CASE("nesting ends at 127") {
  CHECK(error_offset(std::string(127, '[') + std::string(127, ']')) == std::string_view::npos);
  CHECK(error_offset(std::string(128, '[') + std::string(128, ']')) == 127);
  CHECK(error_offset(std::string(1'000'000, '{')) == 1);
}

TEST_CASE("merges are resolved, and lose the prefix of their right part") {
  const auto read = read_tokenizer_json(
      R"({"model":{"vocab":{"a":5,"##b":6,"ab":7},"merges":["#version: 0.2","a ##b"]}})");
  const auto resolve = [&](std::size_t prefix) {
    return resolve_merges(read.tokens.view(), read.ids, read.merge_parts.view(), MergeForm::lines, prefix);
  };
  CHECK(resolve(2).parts == std::vector<TokenId>{5, 6});
  CHECK(resolve(2).merged == std::vector<TokenId>{7});
  CHECK_THROWS_WITH(resolve(0), "merge 0: 'a' + '##b' is not in the vocabulary");
  CHECK_THROWS_WITH(resolve(4), "merge 0: '##b' is shorter than continuing_subword_prefix");
}

TEST_CASE("strings are found at their last position") {
  const auto read = read_tokenizer_json(R"({"model":{"vocab":[["a",0],["b",0],["a",0]],"merges":["a","c","a"]}})");
  CHECK(find_last(read.tokens.view(), read.merge_parts.view()) == std::vector<std::int64_t>{2, -1, 2});
}
