// What is known of characters and of the strings that have a romanization: uroman's data, as flat arrays.
//
// Promises: `child` and `class_of` are look-ups; nothing here changes after it is made, so threads share it.
// Expects: arrays that fit together, as tools/make_romanization_table.py makes them; the bindings check their bounds.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace polyvocab::romanize {

using StringId = std::uint32_t;  // a string of the table
constexpr StringId no_string = ~StringId{0};

// Properties of a character: bits of CharacterClass::flags. Those of Unicode are of the version that the table was made with.
enum Flag : std::uint32_t {
  is_alphabetic = 1U << 0,        // Python's str.isalpha
  is_letter_or_mark = 1U << 1,    // general categories L and M
  is_lower = 1U << 2,             // str.islower
  is_title = 1U << 3,             // str.istitle, but not upper
  is_upper = 1U << 4,             // str.isupper
  is_nonspacing = 1U << 5,        // Mn
  is_nukta = 1U << 6,             // Mn with NUKTA in its name
  is_format = 1U << 7,            // Cf
  is_private = 1U << 8,           // Co
  is_vowel_sign = 1U << 9,
  is_medial_consonant = 1U << 10,
  is_virama = 1U << 11,
  is_subjoined = 1U << 12,        // SUBJOINED LETTER in its name
  is_named_letter = 1U << 13,     // LETTER in its name
  is_vocalic = 1U << 14,          // VOCALIC in its name
  is_tone_mark = 1U << 15,
  is_pre_vowel = 1U << 16,        // Thai: written before its consonant, spoken after it
  is_numeric = 1U << 17,          // has a Unicode numeric value other than 0
  has_number = 1U << 18,          // has an entry in `numbers`
  has_decomposition = 1U << 19,   // has an entry in `decompositions`
};

struct CharacterClass {
  std::uint32_t flags;
  std::uint16_t script;  // 0: none
  std::int16_t digit;    // 0 to 9 for a digit by name and value, else -1

  bool is(Flag flag) const { return (flags & flag) != 0; }
};

// Where a rule holds: bits of Rule::conditions.
enum Condition : std::uint8_t {
  only_at_start = 1U << 0,
  not_at_start = 1U << 1,
  only_at_end = 1U << 2,
  not_at_end = 1U << 3,
  only_whole_word = 1U << 4,
};

struct Rule {
  StringId target;              // no_string: the rule says nothing of the romanization
  StringId at_end_of_syllable;  // what it is there; no_string: the same
  std::uint32_t languages;      // bits of the languages that it is for; 0: all
  std::uint32_t alternatives_begin, alternatives_end;
  std::uint8_t conditions;
  std::uint8_t restrictions;  // how many kinds of restriction it has: of two valid rules the more special one wins
};

// Whether what begins with a string goes on with a word: one of its rules makes a letter and is not for starts of words alone.
// Of a rule without a target uroman cannot say; what it does then differs from place to place.
enum class Continues : std::uint8_t { no, yes, unknown };

// A prefix of the strings that have rules, and those rules.
struct Node {
  std::uint32_t rules_begin, rules_end;
  std::uint32_t children_begin, children_end;
  Continues continues_word;
};
using NodeId = std::uint32_t;
constexpr NodeId no_node = ~NodeId{0};

enum class NumberType : std::uint8_t { digit, digit_like, base, multiple, fraction };

// A character that stands for a number.
struct Number {
  char32_t character;
  std::int64_t value;  // -1: none, a fraction
  std::int64_t base;   // the power of ten in it: 100 of 500; 0: none
  std::int32_t numerator, denominator;  // 0, 0: no fraction
  NumberType type;
  bool is_large_power;  // 10,000 in Chinese, ...: multiplies all that stands before it
  bool is_chinese;
};

struct Script {
  std::vector<std::string_view> vowels;  // an abugida's default vowels, the usual one first
};

// The scripts that have rules of their own, by their numbers in CharacterClass.
struct NamedScripts {
  std::uint16_t thai, tibetan, coptic, hiragana, katakana, devanagari;
};

struct Table {
  std::vector<char> text;  // of all strings
  std::vector<std::uint32_t> string_offsets;
  std::vector<std::uint16_t> class_pages, node_pages;  // by code point / 256: which block of 256 holds it
  std::vector<std::uint16_t> class_blocks;             // index in `classes`
  std::vector<NodeId> node_blocks;                     // the node of the character alone, or no_node
  std::vector<CharacterClass> classes;
  std::vector<Node> nodes;
  std::vector<char32_t> child_characters;  // of a node's children, ascending
  std::vector<NodeId> child_nodes;
  std::vector<Rule> rules;
  std::vector<StringId> alternatives;
  std::vector<Number> numbers;  // by character
  std::vector<char32_t> decomposed;  // ascending
  std::vector<StringId> decompositions;
  std::vector<StringId> uppercased;   // of each string with letters beyond ASCII, as str.upper; itself where that is the same
  std::vector<StringId> capitalized;  // of each string, as str.capitalize; itself where that is the same
  std::vector<Script> scripts;
  NamedScripts named;

  std::string_view string(StringId id) const {
    return {text.data() + string_offsets[id], string_offsets[id + 1] - string_offsets[id]};
  }

  const CharacterClass& class_of(char32_t c) const {
    return classes[class_blocks[std::size_t{class_pages[c >> 8]} << 8 | (c & 0xFF)]];
  }

  // The node of a string of one character; no_node where no rule begins with it.
  NodeId root(char32_t c) const { return node_blocks[std::size_t{node_pages[c >> 8]} << 8 | (c & 0xFF)]; }

  NodeId child(NodeId node, char32_t c) const {
    for (auto i = nodes[node].children_begin; i < nodes[node].children_end; ++i) {
      if (child_characters[i] == c) return child_nodes[i];
    }
    return no_node;
  }

  // The node of a whole string; no_node where it begins no rule.
  NodeId find(std::span<const char32_t> string) const;

  std::span<const Rule> rules_of(NodeId node) const {
    return node == no_node ? std::span<const Rule>{}
                           : std::span(rules).subspan(nodes[node].rules_begin, nodes[node].rules_end - nodes[node].rules_begin);
  }

  // nullptr where the character stands for no number.
  const Number* number(char32_t c) const;

  // The place of a character in `decomposed`; its size where the character is not there.
  std::size_t place_decomposed(char32_t c) const;
};

}  // namespace polyvocab::romanize
