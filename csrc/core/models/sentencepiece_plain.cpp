#include <algorithm>

#include "core/models/piece_set.h"
#include "core/models/sentencepiece.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

void write(const PieceSet& pieces, std::string_view text, std::uint32_t begin, std::uint32_t end, PieceWriter& out) {
  const auto id = pieces.find(text.substr(begin, end - begin));
  if (id && pieces.type(*id) != PieceType::unused) out.known(*id, begin, end);
  else out.unknown(begin, end);
}

class SentencePieceCharacters final : public Model {
 public:
  explicit SentencePieceCharacters(PieceSet&& pieces) : pieces_(std::move(pieces)) {}
  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<Scratch>(); }

  void encode(std::string_view word, Scratch&, Tokens& out) const override {
    PieceWriter writer(pieces_, word, out);
    for (std::uint32_t begin = 0; begin < word.size();) {
      const auto symbol = pieces_.symbol(word.substr(begin));
      const std::uint32_t size = symbol.size > 0 ? symbol.size : utf8::length(static_cast<unsigned char>(word[begin]));
      write(pieces_, word, begin, begin + size, writer);
      begin += size;
    }
  }

 private:
  PieceSet pieces_;
};

class SentencePieceWords final : public Model {
 public:
  explicit SentencePieceWords(PieceSet&& pieces) : pieces_(std::move(pieces)) {}
  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<Scratch>(); }

  void encode(std::string_view word, Scratch&, Tokens& out) const override {
    constexpr std::string_view space = "\xE2\x96\x81";
    PieceWriter writer(pieces_, word, out);
    for (std::size_t begin = 0; begin < word.size();) {
      const std::size_t end = std::min(word.find(space, begin + 1), word.size());
      write(pieces_, word, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), writer);
      begin = end;
    }
  }

 private:
  PieceSet pieces_;
};

}  // namespace

ModelPtr sentencepiece_char(Strings pieces, std::span<const PieceType> types, bool byte_fallback) {
  return std::make_shared<SentencePieceCharacters>(PieceSet(pieces, types, byte_fallback));
}

ModelPtr sentencepiece_word(Strings pieces, std::span<const PieceType> types, bool byte_fallback) {
  return std::make_shared<SentencePieceWords>(PieceSet(pieces, types, byte_fallback));
}

}  // namespace polyvocab
