#include "core/romanize/romanization.h"

namespace polyvocab::romanize {

void Romanization::build(std::span<const char32_t> characters) {
  lattice.begin(characters);
  const std::size_t positions = characters.size() + 1;
  preceded_by_letter_.assign(positions, -1);
  followed_by_letter_.assign(positions, -1);
  saw_left_end_ = has_braille_ = false;
  bool has_thai = false, has_tibetan = false, has_numbers = false;
  for (const CharacterClass* c : lattice.classes) {
    has_thai |= c->script == table_.named.thai;
    has_tibetan |= c->script == table_.named.tibetan;
    has_numbers |= c->is(has_number) || c->digit >= 0;
  }
  for (const char32_t c : characters) has_braille_ |= is_braille(c);
  top_of_single_.clear();
  if (has_thai) {
    top_of_single_.assign(positions, no_string);
    nonempty_before_.assign(positions, unknown);
  }
  if (has_tibetan) choose_tibetan_vowels();
  if (has_braille_) mark_braille_capitals();
  add_rules();
  if (has_numbers) add_numbers(lattice, numbers_);
  if (has_braille_) add_braille_numbers(lattice, numbers_);
  add_singles();
}

}  // namespace polyvocab::romanize
