#include "core/pre_tokenizer/cutting.h"

namespace polyvocab {
namespace {

class CharDelimiterSplit final : public PreTokenizer {
 public:
  explicit CharDelimiterSplit(char32_t delimiter) : delimiter_(delimiter) {}

  void cut(Text& text, std::vector<Span>& pieces) const override {
    cut_at_characters(text, pieces, Behavior::removed, [this](char32_t code) { return code == delimiter_; });
  }

 private:
  char32_t delimiter_;
};

}  // namespace

PreTokenizerPtr char_delimiter_split(char32_t delimiter) { return std::make_shared<CharDelimiterSplit>(delimiter); }

}  // namespace polyvocab
