#include "core/decoder/token_texts.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace polyvocab {

void TokenTexts::add(std::string_view text, std::uint8_t flags) {
  Piece piece{};
  piece.flags = flags;
  if (text.size() <= Piece::room) {
    std::copy(text.begin(), text.end(), piece.bytes);
    piece.size = static_cast<std::uint8_t>(text.size());
  } else {
    if (text.size() > UINT32_MAX) throw std::length_error("a token of 4 GiB or more");
    const std::uint64_t offset = far_.size();
    const auto size = static_cast<std::uint32_t>(text.size());
    std::memcpy(piece.bytes, &offset, sizeof offset);
    std::memcpy(piece.bytes + sizeof offset, &size, sizeof size);
    piece.flags |= far;
    far_.append(text);
  }
  pieces_.push_back(piece);
}

std::string_view TokenTexts::text_of(const Piece& piece) const {
  if ((piece.flags & far) == 0) return {piece.bytes, piece.size};
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::memcpy(&offset, piece.bytes, sizeof offset);
  std::memcpy(&size, piece.bytes + sizeof offset, sizeof size);
  return {far_.data() + offset, size};
}

std::uint8_t TokenTexts::append(std::span<const TokenId> ids, std::uint8_t skipped, TextBuffer& out) const {
  const Piece* const pieces = pieces_.data();
  const std::size_t count = pieces_.size();
  const std::uint8_t unusual = skipped | far;
  unsigned seen = 0;
  while (!ids.empty()) {
    const auto own = ids.first(std::min(ids.size(), block));
    ids = ids.subspan(own.size());
    char* end = out.room(own.size() * sizeof(Piece));
    for (std::size_t i = 0; i < own.size(); ++i) {
      const TokenId id = own[i];
      if (id >= count) continue;
      const Piece& piece = pieces[id];
      if ((piece.flags & unusual) == 0) [[likely]] {
        std::memcpy(end, &piece, sizeof piece);
        end += piece.size;
      } else {
        if ((piece.flags & skipped) != 0) continue;
        out.end_at(end);
        out.append(text_of(piece));
        end = out.room((own.size() - i) * sizeof(Piece));
      }
      seen |= piece.flags;
    }
    out.end_at(end);
  }
  return static_cast<std::uint8_t>(seen);
}

}  // namespace polyvocab
