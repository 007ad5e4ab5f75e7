// Flat arrays from Python as the core takes them, checked.
#pragma once

#include <span>

#include "bindings/bindings.h"
#include "core/models/model.h"
#include "core/models/sentencepiece_unigram.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

template <class T>
std::span<const T> values(const Array<T>& array) {
  require(array.ndim() == 1, "an array of one dimension is needed");
  return {array.data(), static_cast<std::size_t>(array.size())};
}

inline char32_t one_character(const std::string& text) {
  const bool is_text = utf8::first_invalid(text) == std::string_view::npos;
  require(is_text && utf8::count(text) == 1, "one character is needed");
  return utf8::decode(text.data()).code;
}

inline std::vector<PieceType> piece_types(const Array<std::uint8_t>& types) {
  std::vector<PieceType> out;
  for (const std::uint8_t type : values(types)) out.push_back(static_cast<PieceType>(type));
  return out;
}

// The strings of one block; `bytes` must outlive them.
inline Strings strings(std::string_view bytes, const Array<std::uint64_t>& offsets) {
  require(offsets.ndim() == 1 && offsets.size() >= 1, "offsets of strings are needed, one more than strings");
  const auto count = static_cast<std::size_t>(offsets.size()) - 1;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i <= count; ++i) {
    require(offsets.data()[i] >= before && offsets.data()[i] <= bytes.size(),
            "the offsets of strings must rise and stay within the data");
    before = offsets.data()[i];
  }
  return {bytes, offsets.data(), count};
}

inline Strings strings(const py::bytes& data, const Array<std::uint64_t>& offsets) {
  return strings(std::string_view(data), offsets);
}

// Throws unless each string is valid UTF-8: all of them together are, and each begins with a character.
inline void require_texts(const Strings& all) {
  const std::string_view joined = all.bytes.substr(all.offsets[0], all.offsets[all.count] - all.offsets[0]);
  const auto begins = [&](std::size_t i) { return all[i].empty() || !utf8::is_continuation(all[i].front()); };
  bool valid = utf8::is_valid(joined);
  for (std::size_t i = 0; i < all.count; ++i) valid = valid && begins(i);
  for (std::size_t i = 0; !valid && i < all.count; ++i) {
    if (!utf8::is_valid(all[i])) throw std::invalid_argument("the string " + std::to_string(i) + " is no valid UTF-8");
  }
}

inline Strings texts(const py::bytes& data, const Array<std::uint64_t>& offsets) {
  const Strings all = strings(data, offsets);
  require_texts(all);
  return all;
}

}  // namespace polyvocab
