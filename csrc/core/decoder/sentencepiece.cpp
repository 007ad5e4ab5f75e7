#include "core/decoder/sentencepiece.h"

#include <algorithm>
#include <stdexcept>

#include "core/decoder/byte_tokens.h"
#include "core/decoder/repair.h"
#include "core/decoder/replace_all.h"

namespace polyvocab {
namespace {

constexpr std::string_view mark = "\xE2\x96\x81";

}  // namespace

SentencePieceDecoder::SentencePieceDecoder(const Strings& pieces, std::span<const PieceType> types, const Rules& rules)
    : add_dummy_prefix_(rules.add_dummy_prefix), remove_extra_whitespaces_(rules.remove_extra_whitespaces) {
  if (types.size() != pieces.count) throw std::invalid_argument("SentencePiece: there must be one type for each piece");
  texts_.reserve(pieces.count);
  std::string text;
  const auto add = [&](std::string_view shown, std::uint8_t flags) {
    texts_.add(shown, flags | (shown.empty() ? TokenTexts::parting : 0));
  };
  for (std::size_t i = 0; i < pieces.count; ++i) {
    const std::uint8_t flags = pieces[i].starts_with(mark) ? TokenTexts::marked : 0;
    switch (types[i]) {
      case PieceType::control:
        add({}, 0);
        break;
      case PieceType::byte: {
        const auto byte = fallback_byte(pieces[i]);
        if (!byte) throw std::invalid_argument("SentencePiece: the byte piece " + std::to_string(i) + " is not called <0xNN>");
        texts_.add({&*byte, 1}, TokenTexts::fragment);
        break;
      }
      case PieceType::unknown:
        unknown_ = static_cast<TokenId>(i);
        add(rules.unknown_surface, flags);
        break;
      default:
        text = pieces[i];
        replace_all(text, mark, " ");
        add(text, flags);
    }
  }
}

void SentencePieceDecoder::decode(std::span<const TokenId> ids, bool, TextBuffer& out) const {
  ids = shown(ids);
  write_repaired(out, Repair::invalid_bytes, [&](auto& writer) {
    writer.write(texts_, ids.subspan(write_beginning(ids, writer)), 0);
  });
}

void SentencePieceDecoder::decode_on(std::span<const TokenId> ids, bool, TextBuffer& out) const {
  ids = shown(ids);
  write_repaired(out, Repair::invalid_bytes, [&](auto& writer) { writer.write(texts_, ids, 0); });
}

// The ids without the last ones that show nothing, such as the end of a text: they part nothing.
std::span<const TokenId> SentencePieceDecoder::shown(std::span<const TokenId> ids) const {
  const std::size_t count = texts_.size();
  const auto at = std::find_if(ids.begin(), ids.end(), [count](TokenId id) { return id >= count; });
  if (at == ids.end()) {
    while (!ids.empty() && texts_.is(ids.back(), TokenTexts::parting)) ids = ids.first(ids.size() - 1);
    return ids;
  }
  throw std::invalid_argument("id " + std::to_string(*at) + " at position " + std::to_string(at - ids.begin()) +
                              " is none of the model's " + std::to_string(count) + " pieces");
}

// Writes the ids that may lose a ▁, none of them a fragment; returns how many.
template <class Writer>
std::size_t SentencePieceDecoder::write_beginning(std::span<const TokenId> ids, Writer& writer) const {
  bool begins = add_dummy_prefix_ || remove_extra_whitespaces_;
  std::size_t at = 0;
  for (; begins && at < ids.size() && !texts_.is(ids[at], TokenTexts::fragment); ++at) {
    std::string_view text = texts_[ids[at]];
    const bool marked = texts_.is(ids[at], TokenTexts::marked);
    if (marked && ids[at] != unknown_) text.remove_prefix(1);
    writer.write(text, 0);
    begins = text.empty() && (!marked || remove_extra_whitespaces_);
  }
  return at;
}

}  // namespace polyvocab
