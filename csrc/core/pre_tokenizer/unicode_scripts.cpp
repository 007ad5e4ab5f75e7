#include <array>

#include "core/pre_tokenizer/cutting.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

class UnicodeScripts final : public PreTokenizer {
 public:
  UnicodeScripts() {
    for (char32_t code = 0; code < 0x80; ++code) ascii_[code] = unicode::script_of(code);
  }

  // A piece begins where another script does. Characters of any script go with what is before them; those that nothing is
  // before get lost, as in the reference.
  void cut(Text& text, std::vector<Span>& pieces) const override {
    cut_each(pieces, [&](Span piece) {
      unsigned last = unicode::any_script;
      std::uint32_t begin = piece.end;
      for (std::uint32_t at = piece.begin; at < piece.end;) {
        const auto [code, size] = utf8::decode(&text.bytes[at]);
        const unsigned script = code < 0x80 ? ascii_[code] : unicode::script_of(code);
        if (script != unicode::any_script && script != last) {
          if (last != unicode::any_script) pieces.push_back({begin, at});
          begin = at;
          last = script;
        }
        at += size;
      }
      if (begin < piece.end) pieces.push_back({begin, piece.end});
    });
  }

 private:
  std::array<unsigned, 0x80> ascii_;
};

}  // namespace

PreTokenizerPtr unicode_scripts() { return std::make_shared<UnicodeScripts>(); }

}  // namespace polyvocab
