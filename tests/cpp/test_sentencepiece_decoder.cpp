#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/decoder/sentencepiece.h"
#include "core/decoder/stream.h"
#include "vocabulary.h"

using namespace polyvocab;

namespace {

constexpr PieceType types[] = {PieceType::unknown, PieceType::control, PieceType::normal, PieceType::normal, PieceType::normal,
                               PieceType::byte,    PieceType::byte,    PieceType::normal, PieceType::user_defined};
enum : TokenId { unk, bos, mark, marked_a, b, c3, a9, far, symbol };

SentencePieceDecoder decoder(bool add_dummy_prefix, bool remove_extra_whitespaces) {
  const Vocabulary pieces({"<unk>", "<s>", "▁", "▁a", "b", "<0xC3>", "<0xA9>", "▁a▁very▁long▁piece", " x"});
  return {pieces.strings(), types, {" ? ", add_dummy_prefix, remove_extra_whitespaces}};
}

std::string decode(const Decoder& decoder, const std::vector<TokenId>& ids) {
  TextBuffer out;
  out.append("before");
  decoder.decode(ids, false, out);
  CHECK(out.from(0).starts_with("before"));
  return std::string(out.from(6));
}

}  // namespace

TEST_CASE("the ▁ that encoding put before a text is left out") {
  const auto prefix = decoder(true, false), removes = decoder(false, true), plain = decoder(false, false);
  CHECK(decode(prefix, {bos, mark, marked_a, b}) == " ab");
  CHECK(decode(removes, {bos, mark, marked_a, marked_a}) == "a a");
  CHECK(decode(plain, {bos, marked_a}) == " a");
  CHECK(decode(prefix, {far, far}) == "a very long piece a very long piece");
  CHECK(decode(prefix, {symbol, marked_a}) == " x a");
  CHECK(decode(removes, {unk, marked_a}) == " ?  a");
  CHECK(decode(removes, {c3, a9, marked_a}) == "é a");
  CHECK(decode(removes, {mark, bos}).empty());
  CHECK(decode(removes, {}).empty());
}

TEST_CASE("bytes in a row are characters, and each byte that is in none is replaced") {
  const auto all = decoder(true, true);
  CHECK(decode(all, {b, c3, a9, a9, c3, c3, a9}) == "bé��é");
  CHECK(decode(all, {b, c3, bos, a9}) == "b��");
  CHECK(decode(all, {bos, c3, a9, bos, c3, a9, bos, bos}) == "éé");
  CHECK(decode(all, {c3, a9, bos, c3, bos, bos}) == "é�");
}

TEST_CASE("an id that no piece has is refused with its place") {
  const auto all = decoder(true, true);
  CHECK_THROWS_WITH_AS(decode(all, {b, 9}), "id 9 at position 1 is none of the model's 9 pieces", std::invalid_argument);
}

TEST_CASE("a stream of a SentencePiece model gives out the text of all ids") {
  const auto all = decoder(true, true);
  DecodeStream stream(false);
  using Chunk = std::optional<std::string>;
  const auto step = [&](TokenId id) { return stream.step(all, {&id, 1}); };
  CHECK(step(mark) == Chunk());
  CHECK(step(marked_a) == Chunk("a"));
  CHECK(step(mark) == Chunk(" "));
  CHECK(step(bos) == Chunk());
  CHECK(step(mark) == Chunk(" "));
  CHECK(step(marked_a) == Chunk(" a"));
  CHECK(step(c3) == Chunk());
  CHECK_THROWS_AS(step(99), std::invalid_argument);
  CHECK(step(a9) == Chunk("é"));
}
