// Tokens that stand for bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace polyvocab {

// The byte of a byte-fallback token such as <0x0A>. Its two characters are read as Rust reads a number: "+A" is 10 too.
std::optional<char> fallback_byte(std::string_view token);

// Appends the bytes that the characters of a byte-level token (GPT-2's alphabet) stand for; a token with any other
// character stands for itself. Expects: valid UTF-8.
void append_byte_level(std::string_view token, std::string& out);

}  // namespace polyvocab
