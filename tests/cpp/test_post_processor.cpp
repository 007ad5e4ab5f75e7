#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/encoding/lookup.h"
#include "core/encoding/truncation.h"
#include "core/post_processor/frame.h"
#include "core/post_processor/post_processor.h"

using namespace polyvocab;

namespace {

using Ids = std::vector<TokenId>;
using Kind = TemplatePiece::Kind;

Encoding text_of(const Ids& ids, std::uint32_t type_id = 0) {
  Encoding encoding;
  for (std::uint32_t i = 0; i < ids.size(); ++i) {
    encoding.ids.push_back(ids[i]);
    encoding.type_ids.push_back(type_id);
    encoding.spans.push_back({i, i + 1});
    encoding.word_ids.push_back(static_cast<std::int32_t>(i));
    encoding.special_tokens_mask.push_back(0);
    encoding.attention_mask.push_back(1);
  }
  return encoding;
}

const InsertedToken cls{101, {}};
const InsertedToken sep{102, {}};

// [CLS] A [SEP], and [CLS] A [SEP] B:1 [SEP]:1.
PostProcessorPtr bert_template() {
  return template_processing(
      {{Kind::special, 0, "[CLS]"}, {Kind::first, 0, ""}, {Kind::special, 0, "[SEP]"}},
      {{Kind::special, 0, "[CLS]"}, {Kind::first, 0, ""}, {Kind::special, 0, "[SEP]"}, {Kind::second, 1, ""},
       {Kind::special, 1, "[SEP]"}},
      {{"[CLS]", {cls}}, {"[SEP]", {sep}}});
}

EdgeSpacesPtr spaces_of(const std::vector<std::string>& tokens) {
  auto spaces = std::make_shared<std::vector<EdgeSpaces>>();
  for (const auto& token : tokens) spaces->push_back(edge_spaces(token));
  return spaces;
}

}  // namespace

TEST_CASE("Bert and its template agree on one text and on two") {
  for (const auto& processor : {bert_processing(sep, cls), bert_template()}) {
    CHECK(processor->added_tokens(false) == 2);
    CHECK(processor->added_tokens(true) == 3);
    const Encoding one = post_process(processor.get(), text_of({1, 2}), {}, true);
    CHECK(one.ids == Ids{101, 1, 2, 102});
    CHECK(one.special_tokens_mask == std::vector<std::uint8_t>{1, 0, 0, 1});
    CHECK(one.spans == std::vector<Span>{{0, 0}, {0, 1}, {1, 2}, {0, 0}});
    CHECK(sequence_ids(one) == std::vector<std::int64_t>{-1, 0, 0, -1});
    const Encoding two = post_process(processor.get(), text_of({1, 2}), text_of({3}, 1), true);
    CHECK(two.ids == Ids{101, 1, 2, 102, 3, 102});
    CHECK(two.type_ids == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1});
    CHECK(two.word_ids == std::vector<std::int32_t>{-1, 0, 1, -1, 0, -1});
    CHECK(two.attention_mask == std::vector<std::uint8_t>(6, 1));
    CHECK(sequence_ids(two) == std::vector<std::int64_t>{-1, 0, 0, -1, 1, -1});
    const Encoding bare = post_process(processor.get(), text_of({1}), text_of({3}, 1), false);
    CHECK(bare.ids == Ids{1, 3});
    CHECK(bare.type_ids == std::vector<std::uint32_t>{0, 1});
  }
}

TEST_CASE("Roberta has two separators between texts, and one type") {
  const auto processor = roberta_processing(sep, cls, nullptr, true);
  CHECK(processor->added_tokens(true) == 4);
  const Encoding two = post_process(processor.get(), text_of({1, 2}), text_of({3}, 1), true);
  CHECK(two.ids == Ids{101, 1, 2, 102, 102, 3, 102});
  CHECK(two.type_ids == std::vector<std::uint32_t>(7, 0));
  CHECK(sequence_ids(two) == std::vector<std::int64_t>{-1, 0, 0, -1, -1, 1, -1});
  CHECK(post_process(processor.get(), text_of({1}), text_of({3}, 1), false).type_ids == std::vector<std::uint32_t>{0, 0});
}

TEST_CASE("no post-processor") {
  CHECK(post_process(nullptr, text_of({1}, 5), {}, true) == text_of({1}, 5));
  const Encoding two = post_process(nullptr, text_of({1}), text_of({3}, 1), true);
  CHECK(two.ids == Ids{1, 3});
  CHECK(two.type_ids == std::vector<std::uint32_t>{0, 1});
  CHECK(two.sequence_ranges == std::vector<SequenceRange>{{0, 0, 1}, {1, 1, 2}});
}

TEST_CASE("overflowing pieces get the special tokens too") {
  for (const auto& processor : {bert_processing(sep, cls), bert_template()}) {
    Encoding text = text_of({1, 2, 3});
    truncate(text, 2, 0, Side::right);
    const Encoding one = post_process(processor.get(), text, {}, true);
    CHECK(one.ids == Ids{101, 1, 2, 102});
    REQUIRE(one.overflowing.size() == 1);
    CHECK(one.overflowing[0].ids == Ids{101, 3, 102});
    CHECK(sequence_ids(one.overflowing[0]) == std::vector<std::int64_t>{-1, 0, -1});
    Encoding other = text_of({4, 5}, 1);
    truncate(other, 1, 0, Side::right);
    const Encoding two = post_process(processor.get(), text, other, true);
    CHECK(two.ids == Ids{101, 1, 2, 102, 4, 102});
    REQUIRE(two.overflowing.size() == 3);
    CHECK(two.overflowing[0].ids == Ids{101, 3, 102, 4, 102});
    CHECK(two.overflowing[1].ids == Ids{101, 3, 102, 5, 102});
    CHECK(two.overflowing[2].ids == Ids{101, 1, 2, 102, 5, 102});
    REQUIRE(two.overflowing[0].overflowing.size() == 1);
    CHECK(two.overflowing[0].overflowing[0].ids == Ids{101, 3, 102, 5, 102});
  }
}

TEST_CASE("a template may repeat a text, and name a token of many ids") {
  const SpecialToken many{"many", {{7, "a"}, {8, {}}}};
  const auto processor =
      template_processing({{Kind::first, 1, ""}, {Kind::special, 4, "many"}, {Kind::first, 2, ""}}, {}, {many});
  CHECK(processor->added_tokens(false) == 2);
  CHECK(processor->added_tokens(true) == 0);
  const Encoding one = post_process(processor.get(), text_of({1}), {}, true);
  CHECK(one.ids == Ids{1, 7, 8, 1});
  CHECK(one.type_ids == std::vector<std::uint32_t>{1, 4, 4, 2});
  CHECK(one.surfaces == std::vector<Surface>{{1, "a"}});
  CHECK(one.sequence_ranges == std::vector<SequenceRange>{{0, 3, 4}});  // where it came last
  CHECK(post_process(processor.get(), text_of({1}), text_of({2}), true) == Encoding{});
}

TEST_CASE("a template that names what there is not refuses the text, not the file") {
  const auto processor = template_processing({{Kind::second, 0, ""}}, {{Kind::special, 0, "[X]"}}, {});
  CHECK_THROWS_AS(post_process(processor.get(), text_of({1}), {}, true), std::invalid_argument);
  CHECK_THROWS_WITH_AS(post_process(processor.get(), text_of({1}), text_of({2}), true), doctest::Contains("[X]"),
                       std::invalid_argument);
  CHECK(post_process(processor.get(), text_of({1}), text_of({2}), false).ids.empty());
  const auto twice = processing_sequence({bert_template(), bert_template()});
  CHECK_THROWS_AS(post_process(twice.get(), text_of({1}), {}, true), std::invalid_argument);
}

TEST_CASE("spaces at the ends of a token") {
  CHECK(edge_spaces("ĠĠab Ġ") == EdgeSpaces{2, 2});
  CHECK(edge_spaces("aĠb") == EdgeSpaces{0, 0});
  CHECK(edge_spaces("Ġ\u3000") == EdgeSpaces{2, 2});
  CHECK(edge_spaces("") == EdgeSpaces{0, 0});
  CHECK(edge_spaces("Ċ") == EdgeSpaces{0, 0});
}

TEST_CASE("offsets are trimmed") {
  const auto spaces = spaces_of({"Ġ", "ĠĠĠĠHelloĠĠ", "ĠĠHello", "HelloĠĠ", "ĠĠĠĠ", "ĠHello"});
  Encoding text = text_of({0, 1, 2, 3, 4, 5});
  text.spans = {{0, 1}, {0, 11}, {11, 18}, {18, 25}, {25, 29}, {29, 35}};
  const auto trimmed = [&](bool add_prefix_space) {
    return post_process(byte_level_processing(spaces, add_prefix_space).get(), text, {}, false).spans;
  };
  CHECK(trimmed(true) == std::vector<Span>{{0, 0}, {4, 9}, {13, 18}, {18, 23}, {29, 29}, {30, 35}});
  CHECK(trimmed(false) == std::vector<Span>{{1, 1}, {4, 9}, {13, 18}, {18, 23}, {29, 29}, {30, 35}});
  CHECK(post_process(byte_level_processing(nullptr, true).get(), text, {}, false).spans == text.spans);

  // A token that begins the document, or the encoding, keeps a space that was put before it; a surface counts, not the id.
  Encoding first = text_of({5, 5});
  first.spans = {{3, 9}, {0, 6}};
  CHECK(post_process(byte_level_processing(spaces, true).get(), first, {}, false).spans == std::vector<Span>{{3, 9}, {0, 6}});
  first.surfaces = {{1, "Hello"}};
  CHECK(post_process(byte_level_processing(spaces, false).get(), first, {}, false).spans ==
        std::vector<Span>{{4, 9}, {0, 6}});
}

TEST_CASE("trimming reaches overflowing pieces, each with its own first token") {
  const auto spaces = spaces_of({"ĠHello"});
  Encoding text = text_of({0, 0, 0});
  text.spans = {{1, 7}, {7, 13}, {13, 19}};
  truncate(text, 2, 0, Side::right);
  const Encoding trimmed = post_process(roberta_processing(sep, cls, spaces, true).get(), text, {}, true);
  CHECK(trimmed.spans == std::vector<Span>{{0, 0}, {1, 7}, {8, 13}, {0, 0}});
  CHECK(trimmed.overflowing[0].spans == std::vector<Span>{{0, 0}, {13, 19}, {0, 0}});
}

TEST_CASE("a sequence is what its parts do one after the other") {
  const auto llama = processing_sequence({byte_level_processing(nullptr, true), bert_template()});
  CHECK(llama->added_tokens(true) == 3);
  CHECK(post_process(llama.get(), text_of({1}), {}, true).ids == Ids{101, 1, 102});
  // ByteLevel numbers whatever it is given: behind a template that is every piece of it. The text is 0 and 1 then.
  const auto numbered = processing_sequence({bert_template(), byte_level_processing(nullptr, true)});
  const Encoding one = post_process(numbered.get(), text_of({1}), {}, true);
  CHECK(one.sequence_ranges == std::vector<SequenceRange>{{0, 1, 2}, {1, 1, 2}, {2, 2, 3}});
}

TEST_CASE("a post-processor as tokens around one text") {
  const Frame frame{{{101, 0, true}}, {{102, 0, true}}, 0};
  for (const auto& processor : {bert_processing(sep, cls), bert_template(), roberta_processing(sep, cls, nullptr, true),
                                processing_sequence({byte_level_processing(nullptr, true), bert_template()})}) {
    const auto found = frame_of(processor.get(), true);
    REQUIRE(found);
    CHECK(found->before == frame.before);
    CHECK(found->after == frame.after);
    CHECK(found->type_id == 0);
    const auto bare = frame_of(processor.get(), false);
    REQUIRE(bare);
    CHECK(bare->before.empty());
    CHECK(bare->after.empty());
  }
  CHECK(frame_of(nullptr, true)->before.empty());
  const auto typed = template_processing({{Kind::first, 3, ""}}, {}, {});
  CHECK(frame_of(typed.get(), true)->type_id == 3);
  CHECK_FALSE(frame_of(template_processing({}, {}, {}).get(), true));
  CHECK_FALSE(frame_of(template_processing({{Kind::first, 0, ""}, {Kind::first, 0, ""}}, {}, {}).get(), true));
}
