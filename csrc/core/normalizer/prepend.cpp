#include <stdexcept>
#include <utility>

#include "core/normalizer/normalizer.h"

namespace polyvocab {
namespace {

class PrependText final : public Normalizer {
 public:
  explicit PrependText(std::string what) : what_(std::move(what)) {
    // The reference then gives the first character an empty range, and fails in the next normalizer.
    if (what_.empty()) throw std::invalid_argument("Prepend: the text to prepend is empty");
  }

  bool joins(char32_t, char32_t) const override { return false; }
  std::optional<NormalizerPtr> part(bool begins, bool) const override {
    if (begins) return {};
    return NormalizerPtr();
  }

  void normalize(Text& text) const override {
    if (text.bytes.empty()) return;
    std::vector<Span> spans = std::move(text.spans);
    if (text.aligned) spans.insert(spans.begin(), what_.size(), Span{spans[0]});
    text.assign(what_ + text.bytes, std::move(spans));
  }

 private:
  std::string what_;
};

}  // namespace

NormalizerPtr prepend(std::string what) { return std::make_shared<PrependText>(std::move(what)); }

}  // namespace polyvocab
