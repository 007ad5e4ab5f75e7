// What every token is in a text, worked out in advance: to decode is then to copy one piece of text after the other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decoder/text_buffer.h"
#include "core/models/model.h"

namespace polyvocab {

class TokenTexts {
 public:
  enum Flag : std::uint8_t {
    absent = 1,
    special = 2,
    fragment = 4,  // bytes that may be text only together with those of the fragments next to it
    marked = 8,    // begins with SentencePiece's mark of a space
    parting = 16,  // no bytes, but the fragments before it have nothing to do with those behind it
  };

  void reserve(std::size_t tokens) { pieces_.reserve(tokens); }
  // The token with the next id.
  void add(std::string_view text, std::uint8_t flags);

  std::size_t size() const { return pieces_.size(); }
  std::uint8_t flags(TokenId id) const { return pieces_[id].flags; }
  bool is(TokenId id, Flag flag) const { return (flags(id) & flag) != 0; }
  std::string_view operator[](TokenId id) const { return text_of(pieces_[id]); }

  // Appends the tokens without any of the flags `skipped`; ids that are too large are left out. Returns all flags of those
  // that were not.
  std::uint8_t append(std::span<const TokenId> ids, std::uint8_t skipped, TextBuffer& out) const;

 private:
  // A token's text, most often in place. Copied as a whole: what lies behind the text is overwritten by the next one.
  struct alignas(16) Piece {
    static constexpr std::size_t room = 14;
    char bytes[room];  // or where `far`: the offset (64 bits) and the size (32 bits) in far_
    std::uint8_t size;
    std::uint8_t flags;
  };
  static constexpr std::uint8_t far = 128;
  static constexpr std::size_t block = 1024;  // pieces that there is room for at once

  std::string_view text_of(const Piece& piece) const;

  std::vector<Piece> pieces_;
  std::string far_;  // texts that do not fit into a piece
};

}  // namespace polyvocab
