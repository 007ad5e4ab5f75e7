// The vowel that a consonant of an abugida has where no other one is written: put in, or left out, by what stands around it.
#include "core/romanize/romanization.h"

namespace polyvocab::romanize {
namespace {

// The end of the longest run of `c` from `at`.
std::size_t run_end(std::string_view string, std::size_t at, char c) {
  while (at < string.size() && string[at] == c) ++at;
  return at;
}

// Whether only one hyphen, or nothing, is left.
bool is_at_end(std::string_view string, std::size_t at) {
  return at == string.size() || (string[at] == '-' && at + 1 == string.size());
}

// A consonant with the vowel that the rule gives it: "kya", "ka-".
struct Split {
  std::size_t consonants = 0;  // bytes before the vowel; 0: the romanization ends otherwise
  std::size_t with_vowel = 0;
  bool is_glide = false;  // ends in y
};

Split split(std::string_view rom, const std::vector<std::string_view>& vowels) {
  // One consonant at most before y, and the vowel as often as it stands there.
  for (std::size_t y = 0; y <= 1 && y < rom.size(); ++y) {
    if (rom[y] != 'y' || (y == 1 && !is_one_of(rom[0], "cfghkmnqrstxy"))) continue;
    for (const std::string_view vowel : vowels) {
      const std::size_t end = run_end(rom, y + 1, vowel[0]);
      if (end > y + 1 && is_at_end(rom, end)) return {y + 1, end, true};
    }
  }
  const std::size_t consonants = std::min(rom.find_first_not_of(all_consonants), rom.size());
  if (consonants == 0) return {};
  for (const std::string_view vowel : vowels) {
    if (rom.substr(consonants).starts_with(vowel) && is_at_end(rom, consonants + vowel.size())) {
      return {consonants, consonants + vowel.size(), false};
    }
  }
  return {};
}

}  // namespace

std::string_view Romanization::with_default_vowel(std::string_view rom, std::uint32_t start, std::uint32_t end, bool is_tail) {
  const std::uint16_t script = script_at(start);
  const auto& vowels = table_.scripts[script].vowels;
  if (vowels.empty()) return rom;
  const Split parts = split(rom, vowels);
  const std::string_view base = parts.consonants == 0 ? rom : rom.substr(0, parts.consonants);
  const std::string_view whole = rom;
  if (parts.consonants != 0 && !parts.is_glide && rom.ends_with('-') && start + 1 == end) rom.remove_suffix(1);
  const bool is_tibetan = script == table_.named.tibetan;
  if (!is_all_of(base, all_consonants) && !(is_tibetan && base == "'")) return rom;
  if (is_tail) return rom;
  const auto with_vowel = [&] {
    return parts.consonants == 0 ? lattice.keep(base, vowels[0]) : whole.substr(0, parts.with_vowel);
  };
  if (is_tibetan) {
    if (is_deleted_[start] != 0) return {};
    return vowel_[start] == 1 ? with_vowel() : base;
  }
  const CharacterClass none{};
  const CharacterClass& next = end < size() ? class_at(end) : none;
  const CharacterClass& next2 = end + 1 < size() ? class_at(end + 1) : none;
  const CharacterClass& before = start > 0 ? class_at(start - 1) : none;
  constexpr char32_t khmer_yo = 0x1799;
  if (end < size() && lattice.text[end] == khmer_yo &&
      (base == "ng" || std::string_view("bcdfghklmnpqrstvwz").find(base) != std::string_view::npos)) {
    return base;
  }
  if (next.is(is_vowel_sign) || next.is(is_medial_consonant) || next.is(is_subjoined)) return base;
  if (next.is(is_nonspacing) && next2.is(is_vowel_sign)) return base;
  if (next.is(is_virama)) return base;
  if (next.is(is_nonspacing) && next2.is(is_virama)) return base;
  if (before.is(is_virama)) return with_vowel();
  const auto has_r_and_vowel = [&] {
    for (std::size_t i = 0; i + 1 < rom.size(); ++i) {
      if (rom[i] == 'r' && is_vowel(rom[i + 1])) return true;
    }
    return false;
  };
  if (starts_word(start) && !has_r_and_vowel()) return with_vowel();
  const std::optional<bool> is_last = word_end(end);
  if (!is_last) return rom;
  if (*is_last) {
    if (script == table_.named.devanagari && !lattice.request.keeps_final_vowels) return rom;
    if (lattice.request.drops_final_vowels) return rom;
    return with_vowel();
  }
  if (before.script != script) return with_vowel();
  if (class_at(end - 1).is(is_vocalic)) return base;
  if (next.script == script) return with_vowel();
  return rom;
}

}  // namespace polyvocab::romanize
