#include "core/models/symbol_table.h"

#include <algorithm>

#include "core/unicode/utf8.h"

namespace polyvocab {

SymbolTable::SymbolTable(const StringTable& vocabulary, const BpeOptions& options)
    : prefix_(options.continuing_prefix), suffix_(options.end_suffix) {
  for (int place = 0; place < 4; ++place) {
    const bool bare = (place & first || prefix_.empty()) && (!(place & last) || suffix_.empty());
    if (bare && place != 0 && places_[0].bare) {
      same_as_[place] = 0;
      continue;
    }
    same_as_[place] = place;
    places_[place].bare = bare;
    fill(places_[place], vocabulary, options.spelt != Spelt::in_characters, place);
  }
  const auto& plain = places_[0].small;
  spells_all_bytes_ = options.spelt != Spelt::in_characters && prefix_.empty() && suffix_.empty() &&
                      std::find(plain.begin(), plain.end(), none) == plain.end();
}

std::string SymbolTable::spelled(std::string_view character, bool is_first, bool is_last) const {
  std::string out = is_first ? "" : prefix_;
  out += character;
  if (is_last) out += suffix_;
  return out;
}

void SymbolTable::fill(Place& place, const StringTable& vocabulary, bool over_bytes, int where) const {
  const std::string_view before = where & first ? std::string_view() : prefix_;
  const std::string_view after = where & last ? std::string_view(suffix_) : std::string_view();
  place.small.assign(over_bytes ? 256 : 0x3000, none);
  vocabulary.for_each([&](std::string_view token, TokenId id) {
    if (token.size() <= before.size() + after.size() || !token.starts_with(before) || !token.ends_with(after)) return;
    const auto middle = token.substr(before.size(), token.size() - before.size() - after.size());
    if (over_bytes) {
      if (middle.size() == 1) place.small[static_cast<unsigned char>(middle[0])] = id;
      return;
    }
    if (middle.size() > 4 || middle.size() != utf8::length(static_cast<unsigned char>(middle[0]))) return;
    const char32_t code = utf8::decode(middle.data()).code;
    if (code < place.small.size()) place.small[code] = id;
    else place.large[code] = id;
  });
}

std::array<TokenId, 256> fallback_bytes(const StringTable& vocabulary) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::array<TokenId, 256> bytes;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char name[] = {'<', '0', 'x', digits[byte >> 4], digits[byte & 15], '>'};
    bytes[byte] = vocabulary.find({name, sizeof name}).value_or(SymbolTable::none);
  }
  return bytes;
}

}  // namespace polyvocab
