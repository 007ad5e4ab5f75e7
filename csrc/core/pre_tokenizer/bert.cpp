#include <array>

#include "core/pre_tokenizer/ascii.h"
#include "core/pre_tokenizer/cutting.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

enum class Kind : unsigned char { space, punctuation, word };

constexpr auto ascii_kinds = [] {
  std::array<Kind, 0x80> kinds{};
  for (char32_t code = 0; code < 0x80; ++code) {
    kinds[code] = ascii::is_space(code) ? Kind::space : ascii::is_punctuation(code) ? Kind::punctuation : Kind::word;
  }
  return kinds;
}();

Kind kind_of(char32_t code) {
  if (code < 0x80) return ascii_kinds[code];
  if (unicode::is_bert_word(code)) return Kind::word;
  return unicode::is_whitespace(code) ? Kind::space : Kind::punctuation;
}

// Cuts at white space, and makes each punctuation mark a piece.
class Bert final : public PreTokenizer {
 public:
  Joint joint(char32_t left, char32_t right) const override {
    return kind_of(left) == Kind::word && kind_of(right) == Kind::word ? Joint::together : Joint::apart;
  }

  void cut(Text& text, std::vector<Span>& pieces) const override {
    cut_each(pieces, [&](Span piece) {
      std::uint32_t begin = piece.begin;
      for (std::uint32_t at = piece.begin; at < piece.end;) {
        const auto [code, size] = utf8::decode(&text.bytes[at]);
        const Kind kind = kind_of(code);
        if (kind != Kind::word) {
          if (begin < at) pieces.push_back({begin, at});
          if (kind == Kind::punctuation) pieces.push_back({at, at + size});
          begin = at + size;
        }
        at += size;
      }
      if (begin < piece.end) pieces.push_back({begin, piece.end});
    });
  }
};

}  // namespace

PreTokenizerPtr bert_pre_tokenizer() { return std::make_shared<Bert>(); }

}  // namespace polyvocab
