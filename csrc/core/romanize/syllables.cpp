// Thai: whether a syllable ends at a position, where some consonants sound otherwise.
#include "core/romanize/romanization.h"

namespace polyvocab::romanize {
namespace {

constexpr char32_t o_ang = 0x0E2D;

}  // namespace

bool Romanization::ends_syllable(std::uint32_t position) {
  if (position < 2) return false;  // the consonant begins the text
  std::uint32_t next = position;
  if (next < size() && class_at(next).is(is_tone_mark)) ++next;
  const CharacterClass& before = class_at(position - 2);
  if (!before.is(is_letter_or_mark)) return false;
  if (before.is(is_pre_vowel)) return false;
  const bool has_next = next < size();
  if (has_next && class_at(next).is(is_pre_vowel)) return true;
  if (!has_next || !class_at(next).is(is_letter_or_mark)) return true;
  if (const EdgeId left = lattice.best_to(position - 1); left != no_edge) {
    const std::string_view made = lattice.edges[left].text;
    if (!made.empty() && is_one_of(made.back(), "bcdfghjklmnpqrstvxz")) return false;
  }
  const auto starts_with_vowel = [&](StringId id) {
    const std::string_view made = table_.string(id);
    return !made.empty() && (is_vowel(made[0]) || is_vowel(static_cast<char>(made[0] + ('a' - 'A'))));
  };
  const StringId pair = simple_top_candidate(next, next + 2), single = simple_top_candidate(next, next + 1);
  const StringId following = pair != no_string ? pair : single;
  if (following == no_string || !starts_with_vowel(following)) return true;
  if (lattice.text[next] == o_ang && next + 1 < size()) {  // a consonant before a vowel
    const StringId after = simple_top_candidate(next + 1, next + 2);
    if (after != no_string && starts_with_vowel(after)) return true;
  }
  return false;
}

}  // namespace polyvocab::romanize
