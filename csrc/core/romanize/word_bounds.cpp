// Whether a word starts or ends at a position: by the letters of the text, and by those that romanization makes.
#include "core/romanize/romanization.h"
#include "core/unicode/utf8.h"

namespace polyvocab::romanize {

bool Romanization::starts_word(std::uint32_t position) {
  std::int8_t& preceded = preceded_by_letter_[position];
  if (preceded >= 0) return preceded == 0;
  preceded = 0;
  if (position > 0 && class_at(position - 1).is(is_alphabetic)) {
    preceded = 1;
    return false;
  }
  const bool takes_apostrophe = is_braille(lattice.text[position]);
  for (EdgeId id = lattice.last_to(position); id != no_edge; id = lattice.edges[id].next_to_end) {
    const std::string_view made = lattice.edges[id].text;
    if (made.empty()) continue;
    const char32_t last = utf8::decode_before(made.data() + made.size()).code;
    if (table_.class_of(last).is(is_alphabetic) || (takes_apostrophe && last == U'\'')) {
      preceded = 1;
      return false;
    }
  }
  return true;
}

std::optional<bool> Romanization::word_end(std::uint32_t position) {
  std::int8_t& followed = followed_by_letter_[position];
  if (followed < 0) {
    const Continues found = continues_word(position);
    if (found == Continues::unknown) return {};
    followed = found == Continues::yes ? 1 : 0;
  }
  return followed == 0;
}

Continues Romanization::continues_word(std::uint32_t position) const {
  if (position == size()) return Continues::no;
  if (class_at(position).is(is_alphabetic)) return Continues::yes;
  std::uint32_t at = position;
  while (at + 1 < size() && class_at(at).is(is_nukta)) ++at;
  for (NodeId node = table_.root(lattice.text[at]); node != no_node; node = table_.child(node, lattice.text[at])) {
    if (const Continues found = table_.nodes[node].continues_word; found != Continues::no) return found;
    if (++at == size()) break;
  }
  return Continues::no;
}

}  // namespace polyvocab::romanize
