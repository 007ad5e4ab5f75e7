#include "core/pre_tokenizer/ascii.h"
#include "core/pre_tokenizer/cutting.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

class WhitespaceSplit final : public PreTokenizer {
 public:
  Joint joint(char32_t left, char32_t right) const override {
    return unicode::is_whitespace(left) || unicode::is_whitespace(right) ? Joint::apart : Joint::together;
  }

  void cut(Text& text, std::vector<Span>& pieces) const override {
    cut_at_characters(text, pieces, Behavior::removed, [](char32_t code) {
      return code < 0x80 ? ascii::is_space(code) : unicode::is_whitespace(code);
    });
  }
};

}  // namespace

PreTokenizerPtr whitespace_split() { return std::make_shared<WhitespaceSplit>(); }

}  // namespace polyvocab
