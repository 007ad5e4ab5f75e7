// The strings of all tokens by id, as a decoder sees them.
//
// Expects: valid UTF-8. The string of an added token is its content, or its normalized form where the tokenizer keeps one;
// `special` says that the string (not the id) is that of a special token.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/models/model.h"

namespace polyvocab {

enum class TokenKind : std::uint8_t { absent, ordinary, special };

class TokenStrings {
 public:
  // Copies the strings. Throws std::invalid_argument where there is not one kind per string.
  TokenStrings(const Strings& strings, std::span<const TokenKind> kinds);

  std::size_t size() const { return kinds_.size(); }
  TokenKind kind(std::size_t id) const { return kinds_[id]; }
  std::string_view operator[](std::size_t id) const {
    return std::string_view(bytes_).substr(offsets_[id], offsets_[id + 1] - offsets_[id]);
  }

  // The string of an id that is decoded at all: one that there is and that is not to be skipped.
  std::optional<std::string_view> find(TokenId id, bool skip_special_tokens) const {
    if (id >= size() || kinds_[id] == TokenKind::absent) return {};
    if (skip_special_tokens && kinds_[id] == TokenKind::special) return {};
    return (*this)[id];
  }

 private:
  std::string bytes_;
  std::vector<std::uint64_t> offsets_;  // size() + 1
  std::vector<TokenKind> kinds_;
};

}  // namespace polyvocab
