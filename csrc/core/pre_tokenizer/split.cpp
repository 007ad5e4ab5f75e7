#include <utility>

#include "core/pre_tokenizer/cutting.h"
#include "core/pre_tokenizer/isolate.h"
#include "core/splitter/splitter.h"

namespace polyvocab {
namespace {

class SplitPattern final : public PreTokenizer {
 public:
  SplitPattern(std::shared_ptr<const Splitter> pattern, Behavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  void cut(Text& text, std::vector<Span>& pieces) const override {
    if (behavior_ == Behavior::isolated) return isolate(*pattern_, text, pieces);
    cut_at_matches(text, pieces, behavior_, invert_,
                   [this](std::string_view part, std::size_t from) { return pattern_->next(part, from); });
  }

  std::optional<Pattern> as_pattern() const override {
    if (behavior_ != Behavior::isolated) return {};
    return Pattern{pattern_.get(), false};
  }

 private:
  std::shared_ptr<const Splitter> pattern_;
  Behavior behavior_;
  bool invert_;
};

class SplitText final : public PreTokenizer {
 public:
  SplitText(std::string what, Behavior behavior, bool invert) : what_(std::move(what)), behavior_(behavior), invert_(invert) {}

  void cut(Text& text, std::vector<Span>& pieces) const override {
    cut_at_matches(text, pieces, behavior_, invert_, [this](std::string_view part, std::size_t from) -> Splitter::Match {
      const std::size_t begin = part.find(what_, from);
      if (begin == std::string_view::npos) return {part.size(), part.size()};
      return {begin, begin + what_.size()};
    });
  }

 private:
  std::string what_;
  Behavior behavior_;
  bool invert_;
};

// The empty text matches between all characters.
class SplitEverywhere final : public PreTokenizer {
 public:
  explicit SplitEverywhere(bool removes) : removes_(removes) {}

  void cut(Text& text, std::vector<Span>& pieces) const override {
    if (removes_) {
      pieces.clear();
    } else {
      cut_at_characters(text, pieces, Behavior::isolated, [](char32_t) { return true; });
    }
  }

 private:
  bool removes_;
};

}  // namespace

PreTokenizerPtr split_pattern(std::shared_ptr<const Splitter> pattern, Behavior behavior, bool invert) {
  return std::make_shared<SplitPattern>(std::move(pattern), behavior, invert);
}

PreTokenizerPtr split_text(std::string what, Behavior behavior, bool invert) {
  if (what.empty()) return std::make_shared<SplitEverywhere>(behavior == Behavior::removed && invert);
  return std::make_shared<SplitText>(std::move(what), behavior, invert);
}

}  // namespace polyvocab
