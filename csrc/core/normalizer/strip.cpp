#include "core/normalizer/normalizer.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

std::size_t leading_space(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto [code, size] = utf8::decode(&text[at]);
    if (!unicode::is_whitespace(code)) break;
    at += size;
  }
  return at;
}

// Where the white space at the end begins.
std::size_t trailing_space(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0) {
    std::size_t begin = end - 1;
    while (utf8::is_continuation(text[begin])) --begin;
    if (!unicode::is_whitespace(utf8::decode(&text[begin]).code)) break;
    end = begin;
  }
  return end;
}

class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  bool joins(char32_t, char32_t) const override { return false; }
  std::optional<NormalizerPtr> part(bool begins, bool ends) const override {
    if (!(left_ && begins) && !(right_ && ends)) return NormalizerPtr();
    return strip(left_ && begins, right_ && ends);
  }

  void normalize(Text& text) const override {
    if (right_) {
      const std::size_t end = trailing_space(text.bytes);
      text.bytes.resize(end);
      if (text.aligned) text.spans.resize(end);
    }
    if (left_) {
      const auto begin = static_cast<std::ptrdiff_t>(leading_space(text.bytes));
      text.bytes.erase(text.bytes.begin(), text.bytes.begin() + begin);
      if (text.aligned) text.spans.erase(text.spans.begin(), text.spans.begin() + begin);
    }
  }

 private:
  bool left_;
  bool right_;
};

}  // namespace

NormalizerPtr strip(bool left, bool right) { return std::make_shared<Strip>(left, right); }

}  // namespace polyvocab
