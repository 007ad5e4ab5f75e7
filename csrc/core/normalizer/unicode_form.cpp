#include "core/normalizer/normalizer.h"
#include "core/unicode/normalization.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

bool is_ascii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

bool ends_without_space(std::string_view head) {
  if (head.empty()) return false;
  std::size_t last = head.size() - 1;
  while (last > 0 && utf8::is_continuation(head[last])) --last;
  return !unicode::is_whitespace(utf8::decode(head.data() + last).code);
}

class UnicodeForm final : public Normalizer {
 public:
  explicit UnicodeForm(Form form)
      : composed_(form == Form::nfc || form == Form::nfkc), compatible_(form == Form::nfkc || form == Form::nfkd) {}

  // An ASCII character is composed with nothing before it. No character but white space becomes white space at its end.
  bool joins(char32_t, char32_t) const override { return false; }
  bool ends_solid(std::string_view head) const override { return ends_without_space(head); }

  bool leaves(std::string_view text) const override { return is_surely_normal(text); }

  // An ASCII character is its own normal form, and nothing before it meets what is behind it: only runs of other characters
  // are looked at, each with the ASCII character before it, which may be composed with the marks that follow.
  void normalize(Text& text) const override {
    if (is_surely_normal(text.bytes)) return;
    Rewriter rewriter(text);
    std::vector<unicode::Change> changes;
    const std::uint32_t size = text.size();
    for (std::uint32_t at = 0; at < size;) {
      std::uint32_t begin = at;
      while (begin < size && is_ascii(text.bytes[begin])) ++begin;
      if (begin == size) {
        rewriter.keep(at, size);
        break;
      }
      std::uint32_t end = begin;
      while (end < size && !is_ascii(text.bytes[end])) ++end;
      if (begin > at) --begin;
      const std::string_view run = std::string_view(text.bytes).substr(begin, end - begin);
      if (is_surely_normal(run)) {
        rewriter.keep(at, end);
      } else {
        rewriter.keep(at, begin);
        changes.clear();
        if (composed_) {
          unicode::compose(run, compatible_, changes);
        } else {
          unicode::decompose(run, compatible_, changes);
        }
        for (const auto& [code, change] : changes) rewriter.put(code, change);
      }
      at = end;
    }
    rewriter.finish();
  }

 private:
  bool is_surely_normal(std::string_view text) const {
    return composed_ ? unicode::is_surely_composed(text, compatible_) : unicode::is_surely_decomposed(text, compatible_);
  }

  bool composed_;
  bool compatible_;
};

}  // namespace

NormalizerPtr unicode_form(Form form) { return std::make_shared<UnicodeForm>(form); }

}  // namespace polyvocab
