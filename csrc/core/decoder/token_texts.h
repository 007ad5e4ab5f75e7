// What every token is in a text, worked out in advance: to decode is then to copy one piece of text after the other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/models/model.h"

namespace polyvocab {

// How a run of fragments becomes text where it is no UTF-8.
enum class Repair {
  none,           // there are no fragments
  whole_run,      // U+FFFD for each byte of the run
  invalid_bytes,  // U+FFFD for each byte that is in no character
  sequences,      // U+FFFD for each sequence that breaks off, as utf8::lossy
};

class TokenTexts {
 public:
  enum Flag : std::uint8_t {
    absent = 1,
    special = 2,
    fragment = 4,  // bytes that may be text only together with those of the fragments next to it
    marked = 8,    // begins with SentencePiece's mark of a space
  };

  void reserve(std::size_t tokens) { pieces_.reserve(tokens); }
  // The token with the next id.
  void add(std::string_view text, std::uint8_t flags);

  std::size_t size() const { return pieces_.size(); }
  bool is(TokenId id, Flag flag) const { return (pieces_[id].flags & flag) != 0; }
  std::string_view operator[](TokenId id) const { return text_of(pieces_[id]); }

  class Writer;
  // Writes the tokens without any of the flags `skipped`; ids that are too large are left out.
  void write(std::span<const TokenId> ids, std::uint8_t skipped, Writer& writer) const;

 private:
  // A token's text, most often in place. Copied as a whole: what lies behind the text is overwritten by the next one.
  struct alignas(16) Piece {
    static constexpr std::size_t room = 14;
    char bytes[room];  // or where `far`: the offset (64 bits) and the size (32 bits) in far_
    std::uint8_t size;
    std::uint8_t flags;
  };
  static constexpr std::uint8_t far = 128;

  std::string_view text_of(const Piece& piece) const;

  std::vector<Piece> pieces_;
  std::string far_;  // texts that do not fit into a piece
};

// The end of the text that is being written, with room behind it for the pieces that come next.
class TokenTexts::Writer {
 public:
  // What the string held is overwritten: its memory is used again.
  Writer(std::string& text, std::size_t tokens, Repair repair);

  void write(std::string_view bytes, bool is_fragment);
  // After the last one.
  void finish();

 private:
  friend class TokenTexts;
  static constexpr std::size_t block = 256;

  // Room for so many pieces, from now on behind whatever else is written.
  void expect(std::size_t pieces);
  void reserve(std::size_t bytes);
  // Expects room, and no fragment.
  void write(const Piece& piece);
  void append(std::string_view bytes);
  void end_run();
  std::string repaired(std::string_view run) const;
  std::size_t size() const { return static_cast<std::size_t>(end_ - text_.data()); }

  std::string& text_;
  Repair repair_;
  char* end_;
  std::size_t run_ = 0;       // bytes of fragments at the end
  std::size_t expected_ = 0;  // bytes of pieces that come next
};

}  // namespace polyvocab
