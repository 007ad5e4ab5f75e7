// What is known of a code point.
//
// The reference library mixes several Unicode versions and definitions; each predicate here is pinned to the use that it
// names, by probing the reference with every code point (tools/make_unicode_tables.py). tests/test_unicode_tables.py repeats
// the probe.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace polyvocab::unicode {

struct Range {
  char32_t first;
  char32_t last;  // inclusive
};

// Rust's char methods.
bool is_whitespace(char32_t code);  // White_Space, 25 code points
bool is_numeric(char32_t code);     // the Digits pre-tokenizer
// The full lower-case mapping, character by character (no final sigma); 1 to 3 code points.
struct Mapping {
  char32_t codes[3];
  unsigned size;
};
Mapping to_lowercase(char32_t code);

// The regex crate's \w and \s: Whitespace, single_word, lstrip, rstrip.
bool is_word(char32_t code);
bool is_space(char32_t code);

// The BERT components and Punctuation.
bool is_bert_control(char32_t code);      // category C*, tab, line feed and carriage return excepted
bool is_bert_punctuation(char32_t code);  // P* and all ASCII punctuation
bool is_bert_word(char32_t code);         // neither white space nor that
bool is_nonspacing_mark(char32_t code);   // Mn: what Bert's strip_accents removes
bool is_combining_mark(char32_t code);    // M*: what StripAccents removes

// UnicodeScripts: a number per script, after the mergers that the component makes (Hiragana, Katakana and U+30FC are Han; a
// space is `any_script`).
constexpr unsigned any_script = 0;
unsigned script_of(char32_t code);

// Whether the character belongs to one cluster with whatever follows it, unless that is a control character.
bool is_prepending(char32_t code);

// Extended grapheme clusters: the end of the cluster that begins at `from`.
std::size_t grapheme_end(std::string_view text, std::size_t from);
// Between two characters of which this holds there is always an end.
bool is_alone(char32_t code);

// The code points of a property as the split patterns know it (Oniguruma), without surrogates. A name is what stands between
// the braces of \p{...} (a general category, a script, a binary property, a POSIX name; case, spaces, hyphens and low lines do
// not matter), one of the escapes "\\d", "\\h", "\\s", "\\w", or a POSIX bracket with its colons, "[:punct:]", which is not
// always what \p{...} says under that name. No blocks. Sorted, disjoint, not adjacent. Empty optional: no such property.
std::optional<std::span<const Range>> property(std::string_view name);

// Every code point that equals `code` when case is ignored, itself included (Oniguruma, one to one).
std::vector<char32_t> case_variants(char32_t code);

}  // namespace polyvocab::unicode
