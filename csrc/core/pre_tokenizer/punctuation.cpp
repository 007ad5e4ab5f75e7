#include "core/pre_tokenizer/ascii.h"
#include "core/pre_tokenizer/cutting.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

class Punctuation final : public PreTokenizer {
 public:
  explicit Punctuation(Behavior behavior) : behavior_(behavior) {}

  void cut(Text& text, std::vector<Span>& pieces) const override {
    cut_at_characters(text, pieces, behavior_, [](char32_t code) {
      return code < 0x80 ? ascii::is_punctuation(code) : unicode::is_bert_punctuation(code);
    });
  }

 private:
  Behavior behavior_;
};

}  // namespace

PreTokenizerPtr punctuation(Behavior behavior) { return std::make_shared<Punctuation>(behavior); }

}  // namespace polyvocab
