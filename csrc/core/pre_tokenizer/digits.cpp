#include "core/pre_tokenizer/ascii.h"
#include "core/pre_tokenizer/cutting.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

class Digits final : public PreTokenizer {
 public:
  explicit Digits(Behavior behavior) : behavior_(behavior) {}

  void cut(Text& text, std::vector<Span>& pieces) const override {
    cut_at_characters(text, pieces, behavior_, [](char32_t code) {
      return code < 0x80 ? ascii::is_digit(code) : unicode::is_numeric(code);
    });
  }

 private:
  Behavior behavior_;
};

}  // namespace

PreTokenizerPtr digits(bool individual) {
  return std::make_shared<Digits>(individual ? Behavior::isolated : Behavior::contiguous);
}

}  // namespace polyvocab
