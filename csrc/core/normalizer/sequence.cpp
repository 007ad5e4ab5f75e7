#include <algorithm>
#include <utility>

#include "core/normalizer/normalizer.h"

namespace polyvocab {
namespace {

class NormalizerSequence final : public Normalizer {
 public:
  explicit NormalizerSequence(std::vector<NormalizerPtr> parts) : parts_(std::move(parts)) {}

  void normalize(Text& text) const override {
    for (const NormalizerPtr& part : parts_) part->normalize(text);
  }

  bool leaves(std::string_view text) const override {
    return std::all_of(parts_.begin(), parts_.end(), [&](const NormalizerPtr& part) { return part->leaves(text); });
  }

  std::span<const NormalizerPtr> steps() const override { return parts_; }

  std::optional<NormalizerPtr> part(bool begins, bool ends) const override {
    std::vector<NormalizerPtr> left;
    for (const NormalizerPtr& step : parts_) {
      if (NormalizerPtr own = part_of(step, begins, ends)) left.push_back(std::move(own));
    }
    if (left == parts_) return {};
    if (left.empty()) return NormalizerPtr();
    return normalizer_sequence(std::move(left));
  }

 private:
  std::vector<NormalizerPtr> parts_;
};

}  // namespace

NormalizerPtr normalizer_sequence(std::vector<NormalizerPtr> parts) {
  return std::make_shared<NormalizerSequence>(std::move(parts));
}

// Each by itself, as a text of one character.
void Normalizer::becomes(std::vector<char32_t>& characters, bool at_end) const {
  for (char32_t& code : characters) {
    if (code == nothing) continue;
    Text text(utf8::encode(code).view(), 0, false);
    normalize(text);
    std::size_t at = at_end && !text.bytes.empty() ? text.bytes.size() - 1 : 0;
    while (at > 0 && utf8::is_continuation(text.bytes[at])) --at;
    code = text.bytes.empty() ? nothing : utf8::decode(text.bytes.data() + at).code;
  }
}

NormalizerPtr part_of(const NormalizerPtr& normalizer, bool begins, bool ends) {
  if (!normalizer) return nullptr;
  if (auto own = normalizer->part(begins, ends)) return *std::move(own);
  return normalizer;
}

std::vector<NormalizerPtr> steps_of(const NormalizerPtr& normalizer) {
  if (!normalizer) return {};
  const auto steps = normalizer->steps();
  if (steps.empty()) return {normalizer};
  std::vector<NormalizerPtr> flat;
  for (const NormalizerPtr& step : steps) {
    const auto inner = steps_of(step);
    flat.insert(flat.end(), inner.begin(), inner.end());
  }
  return flat;
}

}  // namespace polyvocab
