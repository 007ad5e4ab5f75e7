// Characters that nothing romanized alone: marks vanish, others stay as they are.
#include "core/romanize/romanization.h"
#include "core/unicode/utf8.h"

namespace polyvocab::romanize {

void Romanization::add_singles() {
  for (std::uint32_t at = 0; at < size(); ++at) {
    if (lattice.has_span(at, at + 1)) continue;
    const char32_t c = lattice.text[at];
    const CharacterClass& kind = class_at(at);
    if (kind.is(is_nonspacing)) {
      lattice.add(at, at + 1, {}, "Mn", Plan::other);
    } else if (kind.is(is_format)) {
      lattice.add(at, at + 1, {}, "Cf", Plan::other);
    } else if (kind.is(is_private)) {
      lattice.add(at, at + 1, {}, "Co", Plan::other);
    } else if (const StringId found = c == U' ' ? no_string : top_candidate(at, at + 1, table_.root(c)); found != no_string) {
      std::string_view rom = table_.string(found);
      if (is_tail_mark(rom)) rom.remove_prefix(1);
      lattice.add(at, at + 1, rom, "rom single", Plan::rule);
    } else {
      lattice.add(at, at + 1, lattice.keep(utf8::encode(c).view()), "orig", Plan::other);
    }
  }
}

}  // namespace polyvocab::romanize
