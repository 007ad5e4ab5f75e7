// The romanization of one text: the phases that fill a lattice, one file each, in the order in which `build` runs them.
//
// Promises: uroman's lattice, edge for edge, in time linear in the text. What a phase asks about a position is answered from
// what the lattice holds at that moment, and the first answer stays, as uroman remembers it.
// Expects: a text that no romanization sees across its ends, but where `saw_left_end` says so afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/romanize/lattice.h"
#include "core/romanize/numbers.h"
#include "core/romanize/table.h"

namespace polyvocab::romanize {

// What the characters that a character is made of are as a text; by its place in Table::decomposed. Empty: nothing.
using Decomposed = std::vector<std::string>;

class Romanization {
 public:
  Romanization(const Request& request, const Decomposed& decomposed)
      : lattice(request), table_(request.table), decomposed_(decomposed) {}

  // `characters` must live as long as the lattice is used.
  void build(std::span<const char32_t> characters);

  // Whether a rule would have looked at what stands before the text.
  bool saw_left_end() const { return saw_left_end_; }

  // Whether the text has Braille, whose capitals reach over spaces.
  bool has_braille() const { return has_braille_; }

  // The best way through the lattice, from left to right: at each position the longest span, and its best edge.
  template <class Visit>
  void best_path(Visit&& visit) const {
    for (std::uint32_t at = 0; at < lattice.size();) {
      const EdgeId edge = lattice.best_from(at);
      if (edge == no_edge) {
        ++at;
        continue;
      }
      visit(lattice.edges[edge]);
      at = lattice.edges[edge].end;
    }
  }

  // Whether a rule for a span holds there.
  bool holds(const Rule& rule, std::uint32_t start, std::uint32_t end);

  Lattice lattice;

 private:
  // A romanization that is being made: a string of the table as long as `id` says so.
  struct Made {
    std::string_view text;
    StringId id = no_string;
  };
  struct Expanded {
    std::string_view text;
    std::uint32_t start, end;
    std::string_view type;  // empty: as before
  };

  // word_bounds.cpp
  bool starts_word(std::uint32_t position);
  Continues continues_word(std::uint32_t position) const;
  std::optional<bool> word_end(std::uint32_t position);  // nothing: uroman cannot say
  bool ends_word(std::uint32_t position) { return word_end(position).value_or(true); }
  // syllables.cpp
  bool ends_syllable(std::uint32_t position);
  // candidates.cpp
  StringId top_candidate(std::uint32_t start, std::uint32_t end, NodeId node);
  StringId simple_top_candidate(std::uint32_t start, std::uint32_t end);
  StringId first_target(std::span<const char32_t> string) const;
  const Rule* best_rule(std::uint32_t start, std::uint32_t end, NodeId node);
  // tibetan.cpp, braille.cpp
  void choose_tibetan_vowels();
  void choose_tibetan_vowel(std::uint32_t begin, std::uint32_t end);
  void mark_braille_capitals();
  // rules.cpp
  void add_rules();
  void add_rule(std::uint32_t start, std::uint32_t end, StringId target);
  void add_decomposition(std::uint32_t at);
  // abugida.cpp
  std::string_view with_default_vowel(std::string_view rom, std::uint32_t start, std::uint32_t end, bool is_tail);
  // expansions.cpp
  Expanded expanded(Made rom, std::uint32_t start, std::uint32_t end);
  Expanded thai_expanded(std::string_view rom, std::uint32_t start, std::uint32_t end);
  std::string_view nonempty_before(std::uint32_t position);
  std::string_view capitalized(Made rom);
  Made upper(StringId rom);
  // singles.cpp
  void add_singles();

  const CharacterClass& class_at(std::uint32_t i) const { return *lattice.classes[i]; }
  std::uint16_t script_at(std::uint32_t i) const { return class_at(i).script; }
  std::uint32_t size() const { return lattice.size(); }

  static constexpr EdgeId unknown = -2;

  const Table& table_;
  const Decomposed& decomposed_;
  Numbers numbers_;
  bool has_braille_ = false, saw_left_end_ = false;
  // By position; -1: not asked yet.
  std::vector<std::int8_t> preceded_by_letter_, followed_by_letter_;
  std::vector<StringId> top_of_single_;    // Thai alone: what `top_candidate` said of one character
  std::vector<EdgeId> nonempty_before_;    // Thai alone
  std::vector<std::int8_t> vowel_;         // Tibetan alone: -1 not known, 0 no vowel after it, 1 a vowel
  std::vector<std::uint8_t> is_deleted_;   // Tibetan alone
  std::vector<std::uint8_t> is_capital_;   // Braille alone
  std::vector<std::string_view> tibetan_parts_;
  std::vector<bool> tibetan_subjoined_;
  std::string tibetan_text_;
};

// -- small questions about strings, which the phases share --------------------------------------------------------------

inline bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

constexpr std::string_view all_consonants = "bcdfghjklmnpqrstvwxyz";

inline bool is_all_of(std::string_view string, std::string_view set) {
  return !string.empty() && string.find_first_not_of(set) == std::string_view::npos;
}

// As str.isupper: it has a capital, and no small letter.
bool is_upper_string(const Table& table, std::string_view string);

constexpr char32_t prolonged_sound = 0x30FC;  // the Japanese lengthener of vowels

inline bool is_braille(char32_t c) { return 0x2800 <= c && c <= 0x28FF; }

// What follows a vowel alone is marked with a plus: "+m".
inline bool is_tail_mark(std::string_view rom) { return rom.size() > 1 && rom[0] == '+' && is_one_of(rom[1], "mnhr"); }

inline bool is_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

}  // namespace polyvocab::romanize
