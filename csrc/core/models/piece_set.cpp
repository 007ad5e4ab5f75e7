#include "core/models/piece_set.h"

#include <stdexcept>

namespace polyvocab {
namespace {

constexpr std::size_t piece_limit = 8000;  // bytes

[[noreturn]] void refuse(std::size_t piece, const char* why) {
  throw std::invalid_argument("SentencePiece: piece " + std::to_string(piece) + " " + why);
}

// Pieces that were taken out of a model are left as an unused NUL.
bool is_placeholder(std::string_view piece, PieceType type) {
  return type == PieceType::unused && piece == std::string_view("\0", 1);
}

bool in_text(PieceType type) {
  return type == PieceType::normal || type == PieceType::user_defined || type == PieceType::unused;
}

std::span<const PieceType> one_for_each(const Strings& pieces, std::span<const PieceType> types) {
  if (types.size() != pieces.count) throw std::invalid_argument("SentencePiece: there must be one type for each piece");
  return types;
}

}  // namespace

template <class Wanted>
PieceSet::Part::Part(const Strings& pieces, Wanted&& wanted) {
  for (std::size_t i = 0; i < pieces.count; ++i) {
    if (!wanted(i)) continue;
    bytes += pieces[i];
    offsets.push_back(bytes.size());
    ids.push_back(static_cast<TokenId>(i));
  }
}

PieceSet::PieceSet(const Strings& pieces, std::span<const PieceType> types, bool byte_fallback)
    : PieceSet(pieces, one_for_each(pieces, types), byte_fallback,
               Part(pieces, [&](std::size_t i) { return in_text(types[i]) && !is_placeholder(pieces[i], types[i]); }),
               Part(pieces, [&](std::size_t i) { return types[i] == PieceType::user_defined; })) {}

PieceSet::PieceSet(const Strings& pieces, std::span<const PieceType> types, bool byte_fallback, const Part& text,
                   const Part& user)
    : types_(types.begin(), types.end()),
      byte_fallback_(byte_fallback),
      text_pieces_(text.strings(), text.ids),
      user_symbols_(user.strings()),
      user_ids_(user.ids) {
  const Part all(pieces, [&](std::size_t i) { return !is_placeholder(pieces[i], types[i]); });
  const StringTable names(all.strings(), all.ids);
  for (const TokenId i : all.ids) {
    const std::string_view piece = pieces[i];
    if (piece.empty()) refuse(i, "is empty");
    if (piece.size() >= piece_limit) refuse(i, "is longer than 7999 bytes");
    if (piece.find('\0') != std::string_view::npos) refuse(i, "has a NUL");
    if (types[i] < PieceType::normal || types[i] > PieceType::byte) refuse(i, "has a type that is not known");
    if (types[i] == PieceType::byte && !byte_fallback) refuse(i, "stands for a byte, but there is no byte fallback");
    if (names.find(piece) != i) refuse(i, "is defined twice");
    if (types[i] != PieceType::unknown) continue;
    if (unknown_) refuse(i, "is a second unknown token");
    unknown_ = i;
  }
  if (!byte_fallback) {
    if (!unknown_) throw std::invalid_argument("SentencePiece: there is no unknown token");
    return;
  }
  constexpr char digits[] = "0123456789ABCDEF";
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const char name[] = {'<', '0', 'x', digits[byte / 16], digits[byte % 16], '>'};
    const auto id = names.find({name, sizeof name});
    if (!id || types[*id] != PieceType::byte) {
      throw std::invalid_argument("SentencePiece: with byte fallback there must be a piece for each byte");
    }
    bytes_[byte] = *id;
  }
}

}  // namespace polyvocab
