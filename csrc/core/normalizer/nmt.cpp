#include "core/normalizer/map_characters.h"
#include "core/normalizer/normalizer.h"

namespace polyvocab {
namespace {

char32_t clean(char32_t code) {
  switch (code) {
    case 0x09:
    case 0x0A:
    case 0x0C:
    case 0x0D:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x2581:
    case 0xFEFF:
    case 0xFFFD:
      return ' ';
    case 0x7F:
    case 0x8F:
    case 0x9F:
      return removed;
    default:
      if (code >= 0x200B && code <= 0x200F) return ' ';
      return code >= 0x01 && code <= 0x1F ? removed : code;
  }
}

class Nmt final : public Normalizer {
 public:
  // Character by character.
  bool joins(char32_t, char32_t) const override { return false; }

  void normalize(Text& text) const override { map_.apply(text); }

 private:
  CharacterMap<decltype(&clean)> map_{clean};
};

}  // namespace

NormalizerPtr nmt() { return std::make_shared<Nmt>(); }

}  // namespace polyvocab
