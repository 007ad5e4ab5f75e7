#include <utility>

#include "core/pre_tokenizer/pre_tokenizer.h"

namespace polyvocab {
namespace {

class PreTokenizerSequence final : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<PreTokenizerPtr> parts) : parts_(std::move(parts)) {}

  void cut(Text& text, std::vector<Span>& pieces) const override {
    for (const PreTokenizerPtr& part : parts_) part->cut(text, pieces);
  }

  bool needs_alignment(bool rewritten) const override {
    for (const PreTokenizerPtr& part : parts_) {
      if (part->needs_alignment(rewritten)) return true;
      rewritten = true;  // it may be
    }
    return false;
  }

  // One that cuts by a pattern, and others that cut nothing.
  std::optional<Pattern> as_pattern() const override {
    std::optional<Pattern> found;
    for (const PreTokenizerPtr& part : parts_) {
      const auto pattern = part->as_pattern();
      if (!pattern || (found && (pattern->splitter || pattern->prefix_space))) return {};
      if (!found) found = pattern;
    }
    return found;
  }

  // Once a piece ends at a place for certain, those behind see the two sides as texts of their own.
  Joint joint(char32_t left, char32_t right) const override {
    for (const PreTokenizerPtr& part : parts_) {
      if (const Joint own = part->joint(left, right); own != Joint::open) return own;
      left = part->image(left);
      right = part->image(right);
    }
    return Joint::open;
  }
  char32_t image(char32_t code) const override {
    for (const PreTokenizerPtr& part : parts_) code = part->image(code);
    return code;
  }
  // Only the first one sees where the text begins; what it does there is not undone by those behind.
  std::optional<PreTokenizerPtr> part(bool begins) const override {
    if (parts_.empty()) return {};
    auto first = parts_[0]->part(begins);
    if (!first) return {};
    std::vector<PreTokenizerPtr> own = parts_;
    own[0] = *std::move(first);
    return pre_tokenizer_sequence(std::move(own));
  }

 private:
  std::vector<PreTokenizerPtr> parts_;
};

}  // namespace

PreTokenizerPtr pre_tokenizer_sequence(std::vector<PreTokenizerPtr> parts) {
  return std::make_shared<PreTokenizerSequence>(std::move(parts));
}

PreTokenizerPtr part_of(const PreTokenizerPtr& pre_tokenizer, bool begins) {
  if (!pre_tokenizer) return nullptr;
  if (auto own = pre_tokenizer->part(begins)) return *std::move(own);
  return pre_tokenizer;
}

}  // namespace polyvocab
