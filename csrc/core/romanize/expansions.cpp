// What stands beside a span changes its romanization, or joins it: capitals, doubled consonants, vowels that are written on
// the other side, small letters, lengtheners, viramas, spaces.
#include <algorithm>

#include "core/romanize/romanization.h"
#include "core/unicode/utf8.h"

namespace polyvocab::romanize {
namespace {

constexpr char32_t braille_capital = 0x2820, gurmukhi_addak = 0x0A71, thai_o_ang = 0x0E2D, en_dash = 0x2013,
                   coptic_grave = 0x0300;

bool is_small_tsu(char32_t c) { return c == 0x3063 || c == 0x30C3; }

bool is_small_y(char32_t c) {  // ゃ ゅ ょ ャ ュ ョ
  return c == 0x3083 || c == 0x3085 || c == 0x3087 || c == 0x30E3 || c == 0x30E5 || c == 0x30E7;
}

bool is_ascii(std::string_view string) {
  for (const char c : string) {
    if (!utf8::is_ascii(c)) return false;
  }
  return true;
}

char upper_ascii(char c) { return 'a' <= c && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }
char lower_ascii(char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

bool is_upper_string(const Table& table, std::string_view string) {
  bool has_capital = false;
  for (std::size_t i = 0; i < string.size();) {
    const auto [code, bytes] = utf8::decode(string.data() + i);
    const CharacterClass& c = table.class_of(code);
    if (c.is(is_lower) || c.is(is_title)) return false;
    has_capital |= c.is(is_upper);
    i += bytes;
  }
  return has_capital;
}

std::string_view Romanization::capitalized(Made rom) {
  if (!is_ascii(rom.text)) return rom.id == no_string ? rom.text : table_.string(table_.capitalized[rom.id]);
  std::string out(rom.text);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i == 0 ? upper_ascii(out[i]) : lower_ascii(out[i]);
  return lattice.keep(out);
}

Romanization::Made Romanization::upper(StringId rom) {
  std::string out(table_.string(rom));
  if (!is_ascii(out)) return {table_.string(table_.uppercased[rom]), table_.uppercased[rom]};
  for (char& c : out) c = upper_ascii(c);
  return {lattice.keep(out)};
}

// The last romanization before a position that is not empty. After each empty one it skips a character, as uroman does.
std::string_view Romanization::nonempty_before(std::uint32_t position) {
  EdgeId found = no_edge;
  std::int64_t at = position;
  while (at > 0) {
    const auto end = static_cast<std::uint32_t>(at);
    if (nonempty_before_[end] != unknown) {
      found = nonempty_before_[end];
      break;
    }
    const EdgeId edge = lattice.best_to(end);
    if (edge != no_edge) {
      at = lattice.edges[edge].start;
      if (!lattice.edges[edge].text.empty()) {
        found = edge;
        break;
      }
    }
    --at;
  }
  // Edges that end here are all there already: the same question has the same answer later.
  nonempty_before_[position] = found;
  return found == no_edge ? std::string_view{} : lattice.edges[found].text;
}

Romanization::Expanded Romanization::expanded(Made made, std::uint32_t start, std::uint32_t end) {
  std::string_view rom = made.text;
  if (rom.empty()) return {rom, start, end, {}};
  const std::uint32_t from = start;
  const auto& text = lattice.text;
  if (start > 0 && text[start - 1] == braille_capital && 'a' <= rom[0] && rom[0] <= 'z') {
    const char first = upper_ascii(rom[0]);
    return {lattice.keep({&first, 1}, rom.substr(1)), start - 1, end, "rom exp"};
  }
  if (start + 1 == end && end < size() && class_at(end).is(is_lower) && is_upper_string(table_, rom)) {
    rom = capitalized({rom, made.id});
  }
  if (start > 0 && (is_small_tsu(text[start - 1]) || text[start - 1] == gurmukhi_addak) &&
      is_one_of(rom[0], "bcdfghjklmnpqrstwz")) {
    const bool is_ch = rom.starts_with("ch");
    const std::string_view doubled = !is_ch ? rom.substr(0, 1) : is_small_tsu(text[start - 1]) ? "t" : "c";
    rom = lattice.keep(doubled, rom);
    --start;
  }
  if (script_at(start) == table_.named.thai) {
    if (const Expanded thai = thai_expanded(rom, start, end); thai.end != 0) return thai;
  }
  std::string_view type;
  const auto next_is = [&](char32_t c) { return end < size() && text[end] == c; };
  const auto has_rom = [&](std::uint32_t a, std::uint32_t b) {
    if (b > size()) return false;
    const StringId found = top_candidate(a, b, table_.find(text.subspan(a, b - a)));
    return found != no_string && !table_.string(found).empty();
  };
  if (next_is(coptic_grave) && script_at(end - 1) == table_.named.coptic && !has_rom(from, end + 1)) {
    rom = lattice.keep("e", rom);
    ++end;
    type = "rom exp";
  }
  if (end < size() && is_small_y(text[end]) && script_at(end - 1) == script_at(end) && rom.size() >= 2 && rom.back() == 'i' &&
      is_one_of(rom[rom.size() - 2], all_consonants)) {
    const StringId small = first_target(text.subspan(end, 1));
    if (small != no_string && !table_.string(small).empty() && !has_rom(from, end + 1) && !has_rom(start, end + 1)) {
      rom = lattice.keep(rom.substr(0, rom.size() - 1), table_.string(small));
      ++end;
      type = "rom exp";
    }
  }
  const std::uint16_t last_script = script_at(end - 1);
  if (next_is(prolonged_sound) && (last_script == table_.named.hiragana || last_script == table_.named.katakana) &&
      is_vowel(rom.back())) {
    return {lattice.keep(rom, rom.substr(rom.size() - 1)), start, end + 1, "rom exp"};
  }
  if (end < size() && class_at(end).is(is_virama)) return {rom, start, end + 1, "rom exp"};
  if (rom.starts_with(' ') && (start == 0 || text[start - 1] == U' ')) rom.remove_prefix(1);
  if (rom.ends_with(' ') && next_is(U' ')) rom.remove_suffix(1);
  return {rom, start, end, type};
}

// `end` is 0 where nothing changes.
Romanization::Expanded Romanization::thai_expanded(std::string_view rom, std::uint32_t start, std::uint32_t end) {
  const auto& text = lattice.text;
  const bool follows_vowel = start > 0 && class_at(start - 1).is(is_pre_vowel);
  if (follows_vowel && start + 1 == end && is_all_of(rom, all_consonants)) {
    // A vowel around the consonant.
    for (std::uint32_t after = 3; after > 0; --after) {
      if (end + after > size()) continue;
      char32_t pattern[5] = {text[start - 1], en_dash};
      std::ranges::copy(text.subspan(end, after), pattern + 2);
      const StringId vowel = first_target({pattern, 2 + after});
      if (vowel != no_string) return {lattice.keep(rom, table_.string(vowel)), start - 1, end + after, "rom exp"};
    }
  }
  if (follows_vowel && script_at(start - 1) == table_.named.thai && is_one_of(rom[0], all_consonants)) {
    const StringId vowel = first_target(text.subspan(start - 1, 1));
    if (vowel != no_string && !table_.string(vowel).empty()) {
      return {lattice.keep(rom, table_.string(vowel)), start - 1, end, "rom exp"};
    }
  }
  if (text[start] == thai_o_ang && end - start == 1) {
    // It is written where a syllable has no other consonant; between two consonants it is a vowel.
    constexpr std::string_view consonants = "bcdfghjklmnpqrstvwxz";
    const auto is_thai = [&](std::uint32_t i) { return script_at(i) == table_.named.thai; };
    bool is_between = start > 0 && is_thai(start - 1) && end < size() && is_thai(end);
    if (is_between) {
      const StringId next = first_target(text.subspan(end, 1));
      is_between = next != no_string && is_all_of(table_.string(next), consonants);
    }
    if (is_between) {
      const std::string_view before = nonempty_before(start);
      saw_left_end_ |= before.empty();
      is_between = is_all_of(before, consonants);
    }
    if (!is_between) return {{}, start, end, "rom del"};
  }
  return {{}, 0, 0, {}};
}

}  // namespace polyvocab::romanize
