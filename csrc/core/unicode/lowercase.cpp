#include "core/unicode/properties.h"
#include "core/unicode/two_stage.h"

namespace polyvocab::unicode {
namespace {

#include "core/unicode/tables_lowercase.inc"

}  // namespace

Mapping to_lowercase(char32_t code) {
  if (code < 0x80) return {{code - U'A' < 26 ? code + 32 : code}, 1};
  const unsigned index = lowercase_index[code];
  if (index == several) {
    for (const auto& [from, to] : lowercase_several) {
      if (from == code) return to;
    }
  }
  return {{code + static_cast<char32_t>(lowercase_deltas[index])}, 1};
}

}  // namespace polyvocab::unicode
