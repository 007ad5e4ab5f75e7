#include <array>

#include "core/pre_tokenizer/ascii.h"
#include "core/pre_tokenizer/cutting.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

enum class Kind : unsigned char { space, word, other };

constexpr auto ascii_kinds = [] {
  std::array<Kind, 0x80> kinds{};
  for (char32_t code = 0; code < 0x80; ++code) {
    kinds[code] = ascii::is_space(code) ? Kind::space : ascii::is_word(code) ? Kind::word : Kind::other;
  }
  return kinds;
}();

Kind kind_of(char32_t code) {
  if (code < 0x80) return ascii_kinds[code];
  return unicode::is_word(code) ? Kind::word : unicode::is_space(code) ? Kind::space : Kind::other;
}

// The matches of \w+|[^\w\s]+.
class Whitespace final : public PreTokenizer {
 public:
  // Beyond ASCII there are words and others.
  Joint joint(char32_t left, char32_t right) const override {
    if (kind_of(right) == Kind::space || (left < 0x80 && kind_of(left) != kind_of(right))) return Joint::apart;
    return Joint::together;
  }

  void cut(Text& text, std::vector<Span>& pieces) const override {
    cut_each(pieces, [&](Span piece) {
      Kind last = Kind::space;
      std::uint32_t begin = piece.begin;
      for (std::uint32_t at = piece.begin; at < piece.end;) {
        const auto [code, size] = utf8::decode(&text.bytes[at]);
        const Kind kind = kind_of(code);
        if (kind != last) {
          if (last != Kind::space) pieces.push_back({begin, at});
          begin = at;
          last = kind;
        }
        at += size;
      }
      if (last != Kind::space) pieces.push_back({begin, piece.end});
    });
  }
};

}  // namespace

PreTokenizerPtr whitespace() { return std::make_shared<Whitespace>(); }

}  // namespace polyvocab
