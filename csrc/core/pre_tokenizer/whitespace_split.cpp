#include <array>

#include "core/pre_tokenizer/cutting.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

// The first bytes of all white space (U+0009 to U+000D, U+0020, U+0085, U+00A0, U+1680, U+2000 to U+205F, U+3000).
constexpr auto begins_space = [] {
  std::array<bool, 256> table{};
  for (unsigned char byte = '\t'; byte <= '\r'; ++byte) table[byte] = true;
  for (const unsigned char byte : {0x20, 0xC2, 0xE1, 0xE2, 0xE3}) table[byte] = true;
  return table;
}();

class WhitespaceSplit final : public PreTokenizer {
 public:
  Joint joint(char32_t left, char32_t right) const override {
    return unicode::is_whitespace(left) || unicode::is_whitespace(right) ? Joint::apart : Joint::together;
  }

  void cut(Text& text, std::vector<Span>& pieces) const override {
    cut_each(pieces, [&](Span piece) {
      std::uint32_t begin = piece.begin;
      for (std::uint32_t at = piece.begin; at < piece.end;) {
        if (!begins_space[static_cast<unsigned char>(text.bytes[at])]) {
          ++at;
          continue;
        }
        const auto [code, size] = utf8::decode(&text.bytes[at]);
        if (unicode::is_whitespace(code)) {
          if (begin < at) pieces.push_back({begin, at});
          begin = at + size;
        }
        at += size;
      }
      if (begin < piece.end) pieces.push_back({begin, piece.end});
    });
  }
};

}  // namespace

PreTokenizerPtr whitespace_split() { return std::make_shared<WhitespaceSplit>(); }

}  // namespace polyvocab
