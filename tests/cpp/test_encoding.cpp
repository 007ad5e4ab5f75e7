#include <doctest/doctest.h>

#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/encoding/batch.h"
#include "core/encoding/char_offsets.h"
#include "core/encoding/encoding.h"
#include "core/encoding/lookup.h"
#include "core/encoding/padding.h"
#include "core/encoding/truncation.h"
#include "core/unicode/utf8.h"

using namespace polyvocab;

namespace {

using Ids = std::vector<TokenId>;

// Token i has the id `first` + i, is the word i and covers the characters [2i, 2i + 2).
Encoding numbered(TokenId first, std::uint32_t count) {
  Encoding encoding;
  for (std::uint32_t i = 0; i < count; ++i) {
    encoding.ids.push_back(first + i);
    encoding.type_ids.push_back(0);
    encoding.spans.push_back({2 * i, 2 * i + 2});
    encoding.word_ids.push_back(static_cast<std::int32_t>(i));
    encoding.special_tokens_mask.push_back(0);
    encoding.attention_mask.push_back(1);
  }
  return encoding;
}

std::vector<Ids> pieces(const Encoding& encoding) {
  std::vector<Ids> all{encoding.ids};
  for (const auto& piece : encoding.overflowing) all.push_back(piece.ids);
  return all;
}

std::vector<Ids> truncated(std::uint32_t count, std::size_t max_length, std::size_t stride, Side side) {
  Encoding encoding = numbered(0, count);
  truncate(encoding, max_length, stride, side);
  return pieces(encoding);
}

}  // namespace

TEST_CASE("truncation keeps one end and cuts the rest into pieces") {
  CHECK(truncated(5, 5, 9, Side::right) == std::vector<Ids>{{0, 1, 2, 3, 4}});
  CHECK(truncated(5, 2, 0, Side::right) == std::vector<Ids>{{0, 1}, {2, 3}, {4}});
  CHECK(truncated(5, 2, 0, Side::left) == std::vector<Ids>{{3, 4}, {1, 2}, {0}});
  CHECK(truncated(6, 4, 2, Side::right) == std::vector<Ids>{{0, 1, 2, 3}, {2, 3, 4, 5}});
  CHECK(truncated(7, 4, 3, Side::left) == std::vector<Ids>{{3, 4, 5, 6}, {2, 3, 4, 5}, {1, 2, 3, 4}, {0, 1, 2, 3}});
  CHECK(truncated(3, 0, 7, Side::right) == std::vector<Ids>{{}, {0, 1, 2}});
  CHECK(truncated(0, 0, 0, Side::right) == std::vector<Ids>{{}});
  CHECK_THROWS_AS(truncated(3, 2, 2, Side::right), std::invalid_argument);
}

TEST_CASE("truncation cuts every column, surfaces too, and forgets sequences") {
  Encoding encoding = numbered(10, 5);
  encoding.surfaces = {{0, "a"}, {2, "c"}, {4, "e"}};
  encoding.set_sequence(0);
  truncate(encoding, 3, 1, Side::left);
  CHECK(encoding.spans == std::vector<Span>{{4, 6}, {6, 8}, {8, 10}});
  CHECK(encoding.word_ids == std::vector<std::int32_t>{2, 3, 4});
  CHECK(encoding.surfaces == std::vector<Surface>{{0, "c"}, {2, "e"}});
  CHECK(encoding.sequence_ranges.empty());
  REQUIRE(encoding.overflowing.size() == 1);
  CHECK(encoding.overflowing[0].surfaces == std::vector<Surface>{{0, "a"}, {2, "c"}});
}

TEST_CASE("what a pair keeps") {
  const auto kept = [](std::uint32_t first, std::uint32_t second, std::size_t max_length, TruncationStrategy strategy) {
    Encoding a = numbered(0, first);
    Encoding b = numbered(100, second);
    truncate(a, &b, {max_length, 0, strategy, Side::right});
    return std::pair(a.size(), b.size());
  };
  using Sizes = std::pair<std::size_t, std::size_t>;
  const auto longest = TruncationStrategy::longest_first;
  CHECK(kept(3, 4, 7, longest) == Sizes(3, 4));
  CHECK(kept(2, 9, 7, longest) == Sizes(2, 5));
  CHECK(kept(9, 2, 7, longest) == Sizes(5, 2));
  CHECK(kept(9, 9, 7, longest) == Sizes(3, 4));
  CHECK(kept(9, 8, 7, longest) == Sizes(4, 3));
  CHECK(kept(9, 9, 1, longest) == Sizes(0, 1));
  CHECK(kept(9, 9, 0, longest) == Sizes(0, 0));
  CHECK(kept(9, 2, 4, TruncationStrategy::only_first) == Sizes(2, 2));
  CHECK(kept(2, 9, 4, TruncationStrategy::only_second) == Sizes(2, 2));
  CHECK_THROWS_AS(kept(2, 9, 4, TruncationStrategy::only_first), std::invalid_argument);
  Encoding alone = numbered(0, 5);
  CHECK_THROWS_AS(truncate(alone, nullptr, {4, 0, TruncationStrategy::only_second, Side::right}), std::invalid_argument);
  CHECK_NOTHROW(truncate(alone, nullptr, {5, 0, TruncationStrategy::only_second, Side::right}));
}

TEST_CASE("room for added tokens") {
  CHECK(with_room_for({10}, 3).max_length == 7);
  CHECK_NOTHROW(check_truncation({4, 2}, 2));
  CHECK_THROWS_AS(check_truncation({4, 3}, 2), std::invalid_argument);
  Encoding encoding = numbered(0, 5);
  truncate(encoding, nullptr, with_room_for({1}, 2));  // no room: no limit
  CHECK(encoding.size() == 5);
}

TEST_CASE("padding fills every column and the overflowing pieces") {
  Encoding encoding = numbered(1, 5);
  truncate(encoding, 3, 0, Side::right);
  encoding.set_sequence(0);
  encoding.surfaces = {{1, "x"}};
  Padding padding{{}, Side::left, 4, {9, "<pad>"}, 2};
  pad(std::span(&encoding, 1), padding);
  CHECK(pieces(encoding) == std::vector<Ids>{{9, 1, 2, 3}, {9, 9, 4, 5}});
  CHECK(encoding.type_ids == std::vector<std::uint32_t>{2, 0, 0, 0});
  CHECK(encoding.attention_mask == std::vector<std::uint8_t>{0, 1, 1, 1});
  CHECK(encoding.special_tokens_mask == std::vector<std::uint8_t>{1, 0, 0, 0});
  CHECK(encoding.word_ids == std::vector<std::int32_t>{-1, 0, 1, 2});
  CHECK(encoding.spans[0] == Span{0, 0});
  CHECK(encoding.surfaces == std::vector<Surface>{{0, "<pad>"}, {2, "x"}});
  CHECK(encoding.sequence_ranges == std::vector<SequenceRange>{{0, 1, 4}});
  padding.side = Side::right;
  padding.length = 5;
  pad(encoding, *padding.length, padding);
  CHECK(encoding.ids == Ids{9, 1, 2, 3, 9});
  pad(encoding, 2, padding);
  CHECK(encoding.size() == 5);
}

TEST_CASE("padded length") {
  CHECK(padded_length(5, {}) == 5);
  CHECK(padded_length(5, {7, Side::right, 8}) == 8);
  CHECK(padded_length(5, {{}, Side::right, 5}) == 5);
}

TEST_CASE("merging combines all overflowing pieces") {
  Encoding a = numbered(0, 3);
  Encoding b = numbered(10, 3);
  truncate(a, 2, 0, Side::right);
  truncate(b, 2, 0, Side::right);
  a.set_sequence(0);
  b.set_sequence(1);
  const Encoding merged = merge({a, b}, false);
  CHECK(pieces(merged) == std::vector<Ids>{{0, 1, 10, 11}, {2, 10, 11}, {2, 12}, {0, 1, 12}});
  CHECK(merged.sequence_ranges == std::vector<SequenceRange>{{0, 0, 2}, {1, 2, 4}});
  // A piece that was put before the whole of the other one overflows with the pieces of that.
  CHECK(pieces(merged.overflowing[0]) == std::vector<Ids>{{2, 10, 11}, {2, 12}});
  CHECK(merge({}, false) == Encoding{});
}

TEST_CASE("merging with growing offsets") {
  Encoding a = numbered(0, 2);
  a.surfaces = {{1, "x"}};
  Encoding merged = merge({a, a, a}, true);
  CHECK(merged.spans == std::vector<Span>{{0, 2}, {2, 4}, {4, 6}, {6, 8}, {8, 10}, {10, 12}});
  CHECK(merged.surfaces == std::vector<Surface>{{1, "x"}, {3, "x"}, {5, "x"}});
  merged.spans.back().end = 0xFFFFFFFF;
  CHECK_THROWS_AS(merged.append(a, true), std::invalid_argument);
}

TEST_CASE("lookups") {
  Encoding encoding;
  encoding.insert_at_end({1, {}}, 0, true);
  Encoding first = numbered(10, 3);
  first.word_ids = {0, 0, 2};
  first.set_sequence(0);
  Encoding second = numbered(20, 2);
  second.set_sequence(1);
  encoding.append(first, false);
  encoding.insert_at_end({2, {}}, 0, true);
  encoding.append(second, false);

  CHECK(sequence_count(encoding) == 2);
  CHECK(sequence_ids(encoding) == std::vector<std::int64_t>{-1, 0, 0, 0, -1, 1, 1});
  CHECK(token_to_sequence(encoding, 0) == std::nullopt);
  CHECK(token_to_sequence(encoding, 6) == std::optional<std::size_t>(1));
  CHECK(token_to_sequence(encoding, 7) == std::nullopt);
  CHECK(token_to_chars(encoding, 3) == std::optional(Span{4, 6}));
  CHECK(token_to_chars(encoding, 4) == std::nullopt);
  CHECK(token_to_word(encoding, 3) == std::optional(2));
  CHECK(token_to_word(encoding, 0) == std::nullopt);
  CHECK(word_to_tokens(encoding, 0, 0) == std::optional(TokenRange{1, 3}));
  CHECK(word_to_tokens(encoding, 1, 0) == std::nullopt);
  CHECK(word_to_tokens(encoding, 1, 1) == std::optional(TokenRange{6, 7}));
  CHECK(word_to_chars(encoding, 0, 0) == std::optional(Span{0, 4}));
  CHECK(char_to_token(encoding, 3, 0) == std::optional<std::size_t>(2));
  CHECK(char_to_token(encoding, 3, 1) == std::optional<std::size_t>(6));
  CHECK(char_to_token(encoding, 6, 0) == std::nullopt);
  CHECK(char_to_word(encoding, 4, 0) == std::optional(2));

  const Encoding plain = numbered(0, 2);
  CHECK(sequence_ids(plain) == std::vector<std::int64_t>{0, 0});
  CHECK(token_to_sequence(plain, 2) == std::optional<std::size_t>(0));  // one behind the end still counts
  CHECK(token_to_chars(plain, 2) == std::nullopt);
  CHECK(char_to_token(plain, 1, 5) == std::optional<std::size_t>(0));  // a sequence that there is not: all tokens
}

TEST_CASE("bytes to characters") {
  std::string document;
  for (int i = 0; i < 30; ++i) document += "aé中😀";
  std::vector<std::uint32_t> character;
  for (std::size_t at = 0; at < document.size(); ++at) {
    if (!utf8::is_continuation(document[at])) character.push_back(character.empty() ? 0 : character.back() + 1);
    else character.push_back(character.back());
  }
  const auto size = static_cast<std::uint32_t>(document.size());
  const CharOffsets offsets(document);
  for (std::uint32_t begin = 0; begin < size; ++begin) {
    for (std::uint32_t end = begin; end < size; ++end) {
      REQUIRE(offsets.convert(Span{begin, end}) == Span{character[begin], character[end]});
    }
    REQUIRE(offsets.convert(Span{begin, size}) == Span{character[begin], 120});
  }
  CHECK(offsets.convert(Span{size, size}) == Span{size, size});
  CHECK(offsets.convert(Span{1, size + 1}) == Span{1, 3});
}

TEST_CASE("characters of ASCII are bytes") {
  const std::string document(200, 'a');
  const CharOffsets offsets(document);
  std::vector<Span> spans{{0, 3}, {3, 200}, {200, 200}};
  const auto before = spans;
  offsets.convert(spans);
  CHECK(spans == before);
  CHECK(CharOffsets("").convert(Span{0, 0}) == Span{0, 0});
  CHECK(CharOffsets(std::string_view(document).substr(0, 64)).convert(Span{0, 64}) == Span{0, 64});
}

TEST_CASE("a batch has the rows that the encodings have") {
  const Ids ids{10, 11, 12, 13, 14, 15, 16};
  const std::vector<std::int64_t> offsets{0, 1, 1, 5, 7};
  const FlatSequences sequences{ids, offsets};
  BatchLayout layout;
  layout.frame = {{{1, 0, true}, {2, 3, false}}, {{4, 1, true}}, 2};
  layout.max_length = 6;
  layout.padding = Padding{{}, Side::right, 4, {9, {}}, 7};
  const std::size_t width = batch_width(sequences, layout);
  REQUIRE(width == 8);
  for (const int threads : {1, 3}) {
    std::vector<std::int64_t> input(4 * width), attention(4 * width), types(4 * width), special(4 * width);
    fill_batch<std::int64_t>(sequences, layout, width, {input.data(), attention.data(), types.data(), special.data()}, threads);
    CHECK(input == std::vector<std::int64_t>{1, 2, 10, 4, 9, 9, 9, 9, 1, 2, 4, 9, 9, 9, 9, 9,  //
                                             1, 2, 11, 12, 13, 4, 9, 9, 1, 2, 15, 16, 4, 9, 9, 9});
    CHECK(std::accumulate(attention.begin(), attention.end(), 0) == 4 + 3 + 6 + 5);
    CHECK(std::vector(types.begin(), types.begin() + 8) == std::vector<std::int64_t>{0, 3, 2, 1, 7, 7, 7, 7});
    CHECK(std::vector(special.begin(), special.begin() + 8) == std::vector<std::int64_t>{1, 0, 0, 1, 1, 1, 1, 1});
  }
  layout.cut = Side::left;
  layout.padding->side = Side::left;
  std::vector<std::int32_t> input(4 * width);
  fill_batch<std::int32_t>(sequences, layout, width, {input.data(), nullptr, nullptr, nullptr}, 1);
  CHECK(std::vector(input.begin() + 16, input.begin() + 24) == std::vector<std::int32_t>{9, 9, 1, 2, 12, 13, 14, 4});
}

TEST_CASE("a batch that is no rectangle is refused") {
  const Ids ids{1, 2, 3};
  const std::vector<std::int64_t> offsets{0, 1, 3};
  BatchLayout layout;
  CHECK_THROWS_AS(batch_width({ids, offsets}, layout), std::invalid_argument);
  layout.max_length = 1;
  CHECK(batch_width({ids, offsets}, layout) == 1);
  layout.max_length.reset();
  layout.padding = Padding{1, Side::right, 0, {0, {}}, 0};
  CHECK_THROWS_AS(batch_width({ids, offsets}, layout), std::invalid_argument);
  layout.padding->length.reset();
  CHECK(batch_width({ids, offsets}, layout) == 2);
  layout.frame.before = {{7, 0, true}};
  layout.max_length = 0;  // no room for the frame: no limit
  CHECK(batch_width({ids, offsets}, layout) == 3);

  for (const auto& wrong : std::vector<std::vector<std::int64_t>>{{}, {1, 3}, {0, 2}, {0, 4, 3}, {0, -1, 3}}) {
    CHECK_THROWS_AS(batch_width({ids, wrong}, layout), std::invalid_argument);
  }
  const std::vector<std::int64_t> none{0};
  CHECK(batch_width({{}, none}, layout) == 0);
}
