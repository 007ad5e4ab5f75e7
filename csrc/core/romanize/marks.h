// Marks before letters, by which what romanization made is told from text that was Latin before.
#pragma once

#include <string>
#include <string_view>

#include "core/romanize/table.h"
#include "core/unicode/utf8.h"

namespace polyvocab::romanize {

inline std::string with_marks(const Table& table, std::string_view text, std::string_view mark) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, bytes] = utf8::decode(text.data() + at);
    if (table.class_of(code).is(is_alphabetic)) out += mark;
    out += text.substr(at, bytes);
    at += bytes;
  }
  return out;
}

}  // namespace polyvocab::romanize
