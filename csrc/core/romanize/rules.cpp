// The edges of rules, of Hangul syllables, and of characters that are made of others.
#include "core/romanize/hangul.h"
#include "core/romanize/romanization.h"

namespace polyvocab::romanize {
void Romanization::add_rules() {
  for (std::uint32_t start = 0; start < size(); ++start) {
    NodeId node = table_.root(lattice.text[start]);
    for (std::uint32_t end = start + 1; node != no_node; ++end) {
      if (const StringId target = top_candidate(start, end, node); target != no_string) add_rule(start, end, target);
      if (end == size()) break;
      node = table_.child(node, lattice.text[end]);
    }
    if (hangul::is_syllable(lattice.text[start])) {
      lattice.add(start, start + 1, lattice.keep(hangul::romanized(lattice.text[start])), "rom", Plan::rule);
    }
    if (class_at(start).is(has_decomposition)) add_decomposition(start);
  }
}

void Romanization::add_rule(std::uint32_t start, std::uint32_t end, StringId target) {
  Made rom{table_.string(target), target};
  if (has_braille_ && start + 1 == end && is_capital_[start] != 0) rom = upper(target);
  const bool is_tail = is_tail_mark(rom.text);
  if (is_tail) rom = {rom.text.substr(1)};
  std::string_view type = is_tail ? "rom tail" : "rom";
  if (const auto whole = with_default_vowel(rom.text, start, end, is_tail); whole != rom.text) {
    const auto suffix = whole.starts_with(rom.text) ? whole.substr(rom.text.size()) : std::string_view{};
    if (lattice.request.is_annotated && is_all_of(suffix, "aeiou")) {
      type = lattice.keep(lattice.keep(type, " c:"), lattice.keep(rom.text, lattice.keep(" s:", suffix)));
    }
    rom = {whole};
  }
  const Expanded made = expanded(rom, start, end);
  lattice.add(made.start, made.end, made.text, made.type.empty() ? type : made.type, Plan::rule);
}

void Romanization::add_decomposition(std::uint32_t at) {
  std::string_view rom = decomposed_[table_.place_decomposed(lattice.text[at])];
  if (rom.empty()) return;
  if (class_at(at).is(is_numeric)) {
    // A fraction keeps apart from numbers beside it: 23½ is "23 1/2".
    constexpr std::string_view fraction_slash = "\u2044";
    if (const auto slash = rom.find(fraction_slash); slash != std::string_view::npos) {
      const auto rest = rom.substr(slash + fraction_slash.size());
      rom = lattice.keep(rom.substr(0, slash), lattice.keep("/", rest));
    }
    if (at > 0 && class_at(at - 1).is(is_numeric)) rom = lattice.keep(" ", rom);
    if (at + 1 < size() && class_at(at + 1).is(is_numeric)) rom = lattice.keep(rom, " ");
  }
  lattice.add(at, at + 1, rom, "rom decomp", Plan::decomposition);
}

}  // namespace polyvocab::romanize
