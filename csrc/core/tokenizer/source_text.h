// A text as somebody else keeps it: UTF-8, or characters of one width.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/unicode/fixed_width.h"

namespace polyvocab {

class SourceText {
 public:
  SourceText(std::string_view utf8) : data_(utf8.data()), characters_(utf8.size()), width_(0) {}
  // `width`: 1, 2 or 4 bytes.
  SourceText(const void* data, std::size_t characters, std::size_t width)
      : data_(data), characters_(characters), width_(width) {}

  const void* data() const { return data_; }
  // Its bytes in memory, of which it has no more in UTF-8 if that is what it is.
  std::size_t bytes() const { return characters_ * (width_ == 0 ? 1 : width_); }

  // As UTF-8, in `memory` if it is something else; nothing where a surrogate is no character. Valid as long as both are.
  std::optional<std::string_view> utf8(std::vector<char>& memory) const {
    if (width_ == 0) return std::string_view(static_cast<const char*>(data_), characters_);
    const std::size_t most = utf8::most_bytes(characters_, width_);
    if (memory.size() < most) memory.resize(most);
    const auto size = width_ == 1   ? narrow<std::uint8_t>(memory)
                      : width_ == 2 ? narrow<std::uint16_t>(memory)
                                    : narrow<std::uint32_t>(memory);
    if (!size) return {};
    return std::string_view(memory.data(), *size);
  }

 private:
  const void* data_;
  std::size_t characters_, width_;  // of a character in bytes, or 0: UTF-8

  template <class Character>
  std::optional<std::size_t> narrow(std::vector<char>& memory) const {
    return utf8::narrow(std::span(static_cast<const Character*>(data_), characters_), memory.data());
  }
};

// A text that is none: it has a surrogate.
struct NoText {
  std::size_t index;
};

}  // namespace polyvocab
