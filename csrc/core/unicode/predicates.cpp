#include "core/unicode/properties.h"
#include "core/unicode/two_stage.h"

namespace polyvocab::unicode {
namespace {

#include "core/unicode/tables_predicates.inc"

// One of the bits.
bool has(char32_t code, std::uint8_t bits) { return (predicate_bits[code] & bits) != 0; }

}  // namespace

bool is_whitespace(char32_t code) { return has(code, whitespace_bit); }
bool is_numeric(char32_t code) { return has(code, numeric_bit); }
bool is_word(char32_t code) { return has(code, word_bit); }
bool is_space(char32_t code) { return has(code, space_bit); }
bool is_bert_control(char32_t code) { return has(code, bert_control_bit); }
bool is_bert_punctuation(char32_t code) { return has(code, bert_punctuation_bit); }
bool is_bert_word(char32_t code) { return !has(code, whitespace_bit | bert_punctuation_bit); }
bool is_nonspacing_mark(char32_t code) { return has(code, nonspacing_mark_bit); }
bool is_combining_mark(char32_t code) { return has(code, combining_mark_bit); }

}  // namespace polyvocab::unicode
