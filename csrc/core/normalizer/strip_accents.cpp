#include "core/normalizer/map_characters.h"
#include "core/normalizer/normalizer.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

char32_t without_marks(char32_t code) { return unicode::is_combining_mark(code) ? removed : code; }

class StripAccents final : public Normalizer {
 public:
  // Character by character.
  bool joins(char32_t, char32_t) const override { return false; }

  void normalize(Text& text) const override { map_.apply(text); }

 private:
  CharacterMap<decltype(&without_marks)> map_{without_marks};
};

}  // namespace

NormalizerPtr strip_accents() { return std::make_shared<StripAccents>(); }

}  // namespace polyvocab
