// A text on its way to the model: its bytes, and on request where in the document each byte comes from.
//
// The alignment has the semantics of Hugging Face `tokenizers`: every byte of a character carries the range of document
// bytes that the character stands for; an inserted character shares the range of the one before it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/unicode/utf8.h"

namespace polyvocab {

// Half open, in bytes.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

struct Text {
  std::string bytes;         // valid UTF-8
  std::vector<Span> spans;   // one per byte where `aligned`, else empty
  std::uint32_t offset = 0;  // where the text began in the document, before anything was rewritten
  bool aligned = false;

  Text() = default;
  // `offset` is where the piece begins in the document.
  Text(std::string_view piece, std::uint32_t offset, bool aligned);

  // Takes other bytes, and their ranges where the text is aligned. Throws std::invalid_argument where they are too many to be
  // counted in 32 bits.
  void assign(std::string&& new_bytes, std::vector<Span>&& new_spans);

  // A part of it.
  Text slice(Span part) const;

  // Where in the document the byte `at` comes from. A text that is not aligned must be as it was.
  std::uint32_t origin(std::uint32_t at) const { return aligned ? spans[at].begin : offset + at; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes.size()); }
};

// Replaces a text by what is put, character by character.
//
// `change` says what a put character does to the old text: 0 takes the place of the next old character; -n takes its place
// and drops the n characters after it; 1 is inserted and takes nothing. What no put character took is dropped at the end.
// Nothing is replaced before `finish`, so the old text may be read while the new one is written.
class Rewriter {
 public:
  explicit Rewriter(Text& text);

  void put(char32_t code, int change) {
    if (bytes_.size() - used_ < 4) grow(4);
    const utf8::Encoded encoded = utf8::encode(code);
    for (int i = 0; i < 4; ++i) bytes_[used_ + i] = encoded.bytes[i];
    used_ += encoded.size;
    if (text_.aligned) align(encoded.size, change);
  }
  // Puts the characters of the old bytes [begin, end), each with change 0.
  void keep(std::uint32_t begin, std::uint32_t end);
  void finish();

 private:
  void grow(std::size_t more);
  void align(std::uint32_t size, int change);
  void skip();

  Text& text_;
  std::string bytes_;  // longer than what is used
  std::size_t used_ = 0;
  std::vector<Span> spans_;
  std::uint32_t at_ = 0;  // the next old byte; kept only where the text is aligned
};

}  // namespace polyvocab
