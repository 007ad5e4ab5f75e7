#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/normalizer/normalizer.h"
#include "core/splitter/splitter.h"

namespace polyvocab {
namespace {

// Calls `next(text, from)` for the matches and puts `by` in the place of each. What it puts stands for the last character
// of the match alone.
template <class Next>
void replace_matches(Text& text, const std::string& by, const Next& next) {
  const std::string_view old = text.bytes;
  Splitter::Match match = next(old, 0);
  if (match.begin == match.end) return;
  std::string bytes;
  bytes.reserve(old.size() + old.size() / 4 + by.size());
  std::vector<Span> spans;
  if (text.aligned) spans.reserve(bytes.capacity());
  std::size_t copied = 0;
  const auto copy = [&](std::size_t end) {
    bytes.append(old, copied, end - copied);
    if (!text.aligned) return;
    const auto from = text.spans.begin();
    spans.insert(spans.end(), from + static_cast<std::ptrdiff_t>(copied), from + static_cast<std::ptrdiff_t>(end));
  };
  for (; match.begin < match.end; match = next(old, match.end)) {
    copy(match.begin);
    bytes += by;
    if (text.aligned) {
      for (std::size_t i = 0; i < by.size(); ++i) spans.push_back(text.spans[match.end - 1]);
    }
    copied = match.end;
  }
  copy(old.size());
  text.assign(std::move(bytes), std::move(spans));
}

// The last or the first character.
char32_t edge(std::string_view text, bool at_end) {
  if (text.empty()) return Normalizer::nothing;
  std::size_t at = 0;
  if (at_end) {
    at = text.size() - 1;
    while (utf8::is_continuation(text[at])) --at;
  }
  return utf8::decode(text.data() + at).code;
}

class ReplaceText final : public Normalizer {
 public:
  ReplaceText(std::string what, std::string by) : what_(std::move(what)), by_(std::move(by)) {
    if (what_.empty()) throw std::invalid_argument("Replace: the text to replace is empty");
  }

  void becomes(std::vector<char32_t>& characters, bool at_end) const override {
    Normalizer::becomes(characters, at_end);
    if (utf8::count(what_) > 1) characters.push_back(edge(by_, at_end));
  }

  bool maps_ascii_alone() const override { return what_.size() == 1 && utf8::count(by_) == 1; }

  bool joins(char32_t left, char32_t right) const override {
    for (std::size_t at = 0; at < what_.size();) {
      const auto [code, size] = utf8::decode(&what_[at]);
      at += size;
      const bool same = left < 0x80 ? code == left : code >= 0x80;
      if (same && at < what_.size() && static_cast<unsigned char>(what_[at]) == right) return true;
    }
    return false;
  }

  void normalize(Text& text) const override {
    replace_matches(text, by_, [this](std::string_view old, std::size_t from) -> Splitter::Match {
      const std::size_t begin = old.find(what_, from);
      if (begin == std::string_view::npos) return {old.size(), old.size()};
      return {begin, begin + what_.size()};
    });
  }

 private:
  std::string what_;
  std::string by_;
};

class ReplacePattern final : public Normalizer {
 public:
  ReplacePattern(std::shared_ptr<const Splitter> pattern, std::string by) : pattern_(std::move(pattern)), by_(std::move(by)) {}

  void becomes(std::vector<char32_t>& characters, bool at_end) const override {
    const auto touches = [&](char32_t code) { return code != nothing && pattern_->may_match(code); };
    const bool touched = std::ranges::any_of(characters, touches);
    Normalizer::becomes(characters, at_end);
    if (touched) characters.push_back(edge(by_, at_end));
  }

  bool joins(char32_t left, char32_t right) const override { return pattern_->joins(left, right); }

  void normalize(Text& text) const override {
    replace_matches(text, by_, [this](std::string_view old, std::size_t from) { return pattern_->next(old, from); });
  }

 private:
  std::shared_ptr<const Splitter> pattern_;
  std::string by_;
};

}  // namespace

NormalizerPtr replace_text(std::string what, std::string by) {
  return std::make_shared<ReplaceText>(std::move(what), std::move(by));
}

NormalizerPtr replace_pattern(std::shared_ptr<const Splitter> pattern, std::string by) {
  return std::make_shared<ReplacePattern>(std::move(pattern), std::move(by));
}

}  // namespace polyvocab
