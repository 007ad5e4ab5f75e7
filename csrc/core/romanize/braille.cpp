// Braille: two signs "the next is a capital" make capitals of all that follows, up to a blank.
#include "core/romanize/romanization.h"

namespace polyvocab::romanize {

void Romanization::mark_braille_capitals() {
  constexpr char32_t capital_sign = 0x2820, blank = 0x2800;
  is_capital_.assign(size(), 0);
  bool all = false;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (i > 0 && lattice.text[i - 1] == capital_sign && lattice.text[i] == capital_sign) {
      all = true;
    } else if (all && lattice.text[i] == blank) {
      all = false;
    } else if (all) {
      is_capital_[i] = 1;
    }
  }
}

}  // namespace polyvocab::romanize
