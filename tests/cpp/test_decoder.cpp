#include <doctest/doctest.h>

#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/decoder/byte_tokens.h"
#include "core/decoder/chain.h"
#include "core/decoder/replace_all.h"
#include "core/decoder/stream.h"
#include "core/splitter/splitter.h"

using namespace polyvocab;

namespace {

using Parts = std::vector<DecoderPartPtr>;
using Words = std::vector<std::string>;

// The vocabulary of a test: "-" is an id without a token, and a word in angle brackets (but no byte) is special.
struct Vocabulary {
  explicit Vocabulary(const Words& words) {
    for (const auto& word : words) {
      const bool special = word.size() > 2 && word.front() == '<' && word.back() == '>' && !fallback_byte(word);
      kinds.push_back(word == "-" ? TokenKind::absent : special ? TokenKind::special : TokenKind::ordinary);
      if (word != "-") bytes += word;
      offsets.push_back(bytes.size());
    }
  }
  ChainDecoder decoder(Parts parts) const { return {std::move(parts), {bytes, offsets.data(), kinds.size()}, kinds}; }

  std::string bytes;
  std::vector<std::uint64_t> offsets{0};
  std::vector<TokenKind> kinds;
};

std::string decode(const Decoder& decoder, const std::vector<TokenId>& ids, bool skip_special_tokens = false) {
  TextBuffer out;
  out.append("before");
  decoder.decode(ids, skip_special_tokens, out);
  CHECK(out.from(0).starts_with("before"));
  return std::string(out.from(6));
}

std::string run(Parts parts, Words tokens) { return run_decoders(parts, std::move(tokens)); }

Parts llama_parts() {
  return {replace_text_decoder("▁", " "), byte_fallback_decoder(), fuse_decoder(), strip_decoder(U' ', 1, 0)};
}

}  // namespace

TEST_CASE("each decoder over a few tokens") {
  CHECK(run({byte_level_decoder()}, {"Hello", "Ġmy", "ĊÃ", "©"}) == "Hello my\né");
  // any other character: the token as it is
  CHECK(run({byte_level_decoder()}, {"Ġa b", "Ġ中", "ä¸"}) == "Ġa bĠ中\uFFFD");
  CHECK(run({byte_fallback_decoder()}, {"<0xE5>", "<0x8f>", "<0xab>", "a", "<0xE5>", "<0x8f>", "b"}) == "叫a\uFFFD\uFFFDb");
  CHECK(run({byte_fallback_decoder()}, {"<0x+A>", "<0x++>", "<0x1>", "<0x-1>"}) == "\n<0x++><0x1><0x-1>");
  CHECK(run({metaspace_decoder(U'▁', true)}, {"▁a▁b", "▁c"}) == "ab c");
  CHECK(run({metaspace_decoder(U'▁', false)}, {"▁a▁b", "▁c"}) == " a b c");
  CHECK(run({word_piece_decoder("##", false)}, {"##a", "##b", "c", "."}) == "##ab c .");
  CHECK(run({word_piece_decoder("##", true)}, {"I", "do not", "n't", ".", "'s"}) == "I don'tn't.'s");
  CHECK(run({bpe_decoder("</w>")}, {"a</w>", "b", "c</w>"}) == "a bc");
  CHECK(run({ctc_decoder("<pad>", "|", true)}, {"h", "h", "<pad>", "h", "|", "|", "i"}) == "hh i");
  CHECK(run({ctc_decoder("<pad>", "|", false)}, {"h", "|", "|", "i"}) == "h|i");
  CHECK(run({strip_decoder(U'H', 1, 0)}, {"Hey", " friend!", "HHH"}) == "ey friend!HH");
  CHECK(run({strip_decoder(U'é', 0, 2)}, {"éaéé", "aé"}) == "éaa");
  CHECK(run({replace_text_decoder("aa", "b")}, {"aaa", "a"}) == "baa");
  CHECK(run({fuse_decoder(), metaspace_decoder(U'▁', true)}, {"▁a", "▁b"}) == "ab");
  CHECK(run({join_by_space()}, {"a", "b"}) == "a b");
  CHECK(run({}, {"a", "b"}) == "ab");
}

TEST_CASE("a pattern is replaced match by match") {
  const auto digits = std::make_shared<const Splitter>("[0-9]+", Dialect::oniguruma);
  CHECK(run({replace_pattern_decoder(digits, "#")}, {"12a3", "", "é45"}) == "#a#é#");
}

TEST_CASE("an empty string occurs everywhere, but not for Replace in an empty token") {
  std::string text = "éb";
  replace_all(text, "", "-");
  CHECK(text == "-é-b-");
  CHECK(run({replace_text_decoder("", "X")}, {"éb", "", "b"}) == "XéXbXXbX");
  CHECK(run({bpe_decoder("")}, {"éb", "b"}) == " é b b");
  CHECK(run({ctc_decoder("", "", true)}, {""}) == " ");
}

TEST_CASE("no tokens") {
  for (const auto& part : {byte_level_decoder(), byte_fallback_decoder(), bpe_decoder("</w>"), ctc_decoder("a", "b", true),
                           strip_decoder(U'a', 1, 1), fuse_decoder(), join_by_space()}) {
    CHECK(run({part}, {}).empty());
  }
}

TEST_CASE("a Strip that cuts more than there is refuses") {
  CHECK_THROWS_AS(run({strip_decoder(U'a', 0, 1)}, {""}), std::invalid_argument);
  CHECK_THROWS_AS(run({strip_decoder(U'a', 0, 3)}, {"aa"}), std::invalid_argument);
  CHECK_THROWS_AS(run({strip_decoder(U'a', 1, 1)}, {"a"}), std::invalid_argument);
  CHECK(run({strip_decoder(U'a', 9, 0)}, {"aa"}).empty());
  // The token may be in the vocabulary, as long as it does not come.
  const ChainDecoder decoder = Vocabulary({"", "ba"}).decoder({strip_decoder(U'a', 0, 1)});
  CHECK(decode(decoder, {1}) == "b");
  CHECK_THROWS_AS(decode(decoder, {1, 0}), std::invalid_argument);
}

TEST_CASE("ids without a token are left out, special tokens on request, before anything else") {
  const Vocabulary vocabulary({"<s>", "-", "▁a", "<0xE4>", "<0xBD>", "<0xA0>"});
  const ChainDecoder metaspace = vocabulary.decoder({metaspace_decoder(U'▁', true)});
  CHECK(decode(metaspace, {1, 99, 2, 2}) == "a a");
  CHECK(decode(metaspace, {0, 2, 2}) == "<s> a a");
  CHECK(decode(metaspace, {0, 2, 2}, true) == "a a");
  CHECK(decode(metaspace, {0, 1}, true).empty());
  const ChainDecoder llama = vocabulary.decoder(llama_parts());
  CHECK(decode(llama, {2, 3, 0, 1, 4, 5}, true) == "a你");
  CHECK(decode(llama, {2, 3, 0, 4, 5}) == "a\uFFFD<s>\uFFFD\uFFFD");
}

TEST_CASE("one kind per string") {
  const std::vector<std::uint64_t> offsets{0, 1};
  const std::vector<TokenKind> kinds(2, TokenKind::ordinary);
  CHECK_THROWS_AS(ChainDecoder({}, {"a", offsets.data(), 1}, kinds), std::invalid_argument);
}

TEST_CASE("what is worked out in advance is what the chain gives") {
  const Words words{"▁a", "▁▁", "##b", "c</w>", "Ġd", "Ċ", "ä¸Ń", "ä", "¸", "Ń", "á", "中",
                    "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "<s>", "<pad>", " ", "e .", " 's", "-", "aaaa", "", "▁n't",
                    "a token of more than fourteen bytes",
                    "another one</w>, longer than a cache line so that it cannot be near"};
  const Vocabulary vocabulary(words);
  const std::vector<Parts> chains{
      {},
      {join_by_space()},
      {byte_level_decoder()},
      {byte_fallback_decoder()},
      {metaspace_decoder(U'▁', true)},
      {metaspace_decoder(U'▁', false)},
      {word_piece_decoder("##", true)},
      {bpe_decoder("</w>")},
      {replace_text_decoder("▁", " "), bpe_decoder("</w>"), word_piece_decoder("##", false)},
      {metaspace_decoder(U'▁', true), byte_level_decoder()},
      {byte_level_decoder(), replace_text_decoder("d", "é"), strip_decoder(U'\n', 2, 0)},
      {metaspace_decoder(U'▁', true), byte_fallback_decoder(), fuse_decoder(), replace_text_decoder("a", "b")},
      {word_piece_decoder("<0xF0>", false), byte_fallback_decoder()},
      llama_parts(),
      {fuse_decoder(), metaspace_decoder(U'▁', true)},
  };
  const std::vector<TokenId> fragments{7, 8, 9, 12, 13, 14, 15, 23};  // and the token without any bytes
  std::mt19937 engine(7);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(engine()) % n; };
  for (const auto& parts : chains) {
    const ChainDecoder decoder = vocabulary.decoder(parts);
    CHECK(decoder.is_precomputed());
    for (int i = 0; i < 500; ++i) {
      const bool skip = below(2) == 0;
      std::vector<TokenId> ids(i < 490 ? below(8) : below(2000));
      // Every other time few tokens that are text: fragments are then text together.
      const bool mostly_fragments = below(2) == 0;
      for (auto& id : ids) {
        id = static_cast<TokenId>(below(words.size() + 1));
        if (mostly_fragments && below(4) != 0) id = fragments[below(fragments.size())];
      }
      Words tokens;
      for (const TokenId id : ids) {
        if (id >= words.size() || words[id] == "-") continue;
        if (skip && vocabulary.kinds[id] == TokenKind::special) continue;
        tokens.push_back(words[id]);
      }
      CHECK(decode(decoder, ids, skip) == run(parts, tokens));
    }
  }
  CHECK_FALSE(vocabulary.decoder({ctc_decoder("<pad>", "|", true)}).is_precomputed());
  CHECK_FALSE(vocabulary.decoder({byte_fallback_decoder(), metaspace_decoder(U'▁', true)}).is_precomputed());
}

TEST_CASE("a stream gives out text that later ids do not change") {
  using Chunk = std::optional<std::string>;
  const ChainDecoder fallback = Vocabulary({"<0x20>", "<0xC3>", "<0xA9>", " This"}).decoder({byte_fallback_decoder()});
  DecodeStream stream(false);
  const auto step = [](DecodeStream& to, const Decoder& by, std::vector<TokenId> ids) { return to.step(by, ids); };
  CHECK(step(stream, fallback, {0}) == Chunk(" "));
  CHECK(step(stream, fallback, {1}) == Chunk());
  DecodeStream other = stream;
  CHECK(step(stream, fallback, {2}) == Chunk("é"));
  CHECK(step(stream, fallback, {3, 1}) == Chunk());
  CHECK(step(stream, fallback, {}) == Chunk());
  CHECK(step(other, fallback, {2, 3}) == Chunk("é This"));

  const ChainDecoder metaspace = Vocabulary({"▁This"}).decoder({metaspace_decoder(U'▁', true)});
  DecodeStream spaced(false);
  CHECK(step(spaced, metaspace, {0}) == Chunk("This"));
  CHECK(step(spaced, metaspace, {0}) == Chunk(" This"));
  DecodeStream continued(false, {0});
  CHECK(step(continued, metaspace, {0}) == Chunk(" This"));
}

TEST_CASE("a stream refuses text that changes in hindsight") {
  const ChainDecoder decoder = Vocabulary({"a", "b"}).decoder({fuse_decoder(), replace_text_decoder("ab", "xyz")});
  DecodeStream stream(false);
  CHECK(stream.step(decoder, std::vector<TokenId>{0}) == std::optional<std::string>("a"));
  CHECK_THROWS_WITH_AS(stream.step(decoder, std::vector<TokenId>{1}), doctest::Contains("Invalid prefix encountered"),
                       std::invalid_argument);
}

TEST_CASE("a stream forgets ids whose text has been continued") {
  const ChainDecoder decoder = Vocabulary({"a", "c", "d"}).decoder({fuse_decoder(), replace_text_decoder("acd", "q")});
  DecodeStream stream(false);
  CHECK(stream.step(decoder, std::vector<TokenId>{0}) == std::optional<std::string>("a"));
  CHECK(stream.step(decoder, std::vector<TokenId>{1}) == std::optional<std::string>("c"));
  CHECK(stream.step(decoder, std::vector<TokenId>{2}) == std::optional<std::string>("d"));
}
