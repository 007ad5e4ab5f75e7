// Words cut wherever a model says that they may be.
#pragma once

#include <string_view>
#include <vector>

#include "core/models/model.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

inline std::vector<TokenId> ids(const Model& model, std::string_view word) {
  Tokens out;
  model.encode(word, *model.scratch(), out);
  return out.ids;
}

// The ids of the parts, one after the other; counts the cuts. `opens(left, right)` says where words may be cut.
template <class Opens>
std::vector<TokenId> ids_of_parts(const Model& model, std::string_view word, std::size_t& cuts, const Opens& opens) {
  std::vector<TokenId> out;
  std::size_t begin = 0;
  auto [left, size] = utf8::decode(word.data());
  for (std::size_t at = size; at <= word.size(); at += size) {
    const bool end = at == word.size();
    const utf8::Decoded right = end ? utf8::Decoded{0, 1} : utf8::decode(word.data() + at);
    if (end || opens(left, right.code)) {
      const auto part = ids(model, word.substr(begin, at - begin));
      out.insert(out.end(), part.begin(), part.end());
      begin = at;
      cuts += !end;
    }
    left = right.code;
    size = right.size;
  }
  return out;
}

inline std::vector<TokenId> ids_of_parts(const Model& model, std::string_view word, std::size_t& cuts) {
  return ids_of_parts(model, word, cuts, [&](char32_t left, char32_t right) { return model.separable(left, right); });
}

}  // namespace polyvocab
