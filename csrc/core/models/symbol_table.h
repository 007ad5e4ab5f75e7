// The tokens of a BPE that stand for one byte or one character, which depends on where in the word it is: first, last, both,
// neither.
//
// Immutable once built.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/models/bpe.h"
#include "core/models/string_table.h"

namespace polyvocab {

class SymbolTable {
 public:
  static constexpr TokenId none = 0xFFFFFFFF;

  SymbolTable(const StringTable& vocabulary, const BpeOptions& options);

  TokenId operator()(char32_t code, bool is_first, bool is_last) const {
    const Place& place = places_[same_as_[(is_first ? first : 0) | (is_last ? last : 0)]];
    if (code < place.small.size()) return place.small[code];
    const auto found = place.large.find(code);
    return found == place.large.end() ? none : found->second;
  }

  // Where every byte has a token, the same one wherever it stands: those tokens.
  bool spells_all_bytes() const { return spells_all_bytes_; }
  const TokenId* bytes() const { return places_[0].small.data(); }

  std::string spelled(std::string_view character, bool is_first, bool is_last) const;

 private:
  static constexpr int first = 1, last = 2;
  struct Place {
    bool bare = false;
    std::vector<TokenId> small;  // by code point below U+3000, or by byte
    std::unordered_map<char32_t, TokenId> large;
  };
  std::string prefix_, suffix_;
  std::array<Place, 4> places_;
  std::array<int, 4> same_as_{};
  bool spells_all_bytes_ = false;

  void fill(Place& place, const StringTable& vocabulary, bool over_bytes, int where) const;
};

// The tokens <0x00> to <0xFF> of byte fallback; `SymbolTable::none` where there is none.
std::array<TokenId, 256> fallback_bytes(const StringTable& vocabulary);

}  // namespace polyvocab
