// Kinds of ASCII characters, quicker than the tables of all characters.
#pragma once

namespace polyvocab::ascii {

constexpr bool is_space(char32_t code) { return code == ' ' || (code >= '\t' && code <= '\r'); }
constexpr bool is_digit(char32_t code) { return code >= '0' && code <= '9'; }
constexpr bool is_letter(char32_t code) { return (code | 0x20) >= 'a' && (code | 0x20) <= 'z'; }
constexpr bool is_word(char32_t code) { return is_letter(code) || is_digit(code) || code == '_'; }
// What is printed and neither a letter nor a digit nor the space.
constexpr bool is_punctuation(char32_t code) { return code > ' ' && code < 0x7F && !is_letter(code) && !is_digit(code); }

}  // namespace polyvocab::ascii
