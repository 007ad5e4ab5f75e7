#include "core/decoder/precomputed.h"

#include <algorithm>
#include <stdexcept>

#include "core/decoder/byte_tokens.h"
#include "core/decoder/repair.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

std::optional<PrecomputedDecoder> PrecomputedDecoder::make(std::span<const DecoderPartPtr> parts,
                                                           std::shared_ptr<const TokenStrings> tokens) {
  using Scope = DecoderPart::Scope;
  PrecomputedDecoder decoder;
  decoder.tokens_ = std::move(tokens);
  std::size_t next = 0;
  const auto scope = [&] { return next < parts.size() ? parts[next]->scope() : Scope::fuse; };
  for (; scope() == Scope::token; ++next) {
    decoder.token_parts_.push_back(std::static_pointer_cast<const TokenPart>(parts[next]));
  }
  if (scope() == Scope::byte_level) {
    decoder.join_ = Join::byte_level;
  } else {
    if (scope() == Scope::byte_fallback) {
      decoder.join_ = Join::byte_fallback;
      ++next;
    }
    if (scope() != Scope::fuse) return {};
  }
  for (++next; next < parts.size(); ++next) decoder.text_parts_.push_back(parts[next]);

  decoder.depends_on_place_ = std::any_of(decoder.token_parts_.begin(), decoder.token_parts_.end(),
                                          [](const auto& part) { return part->depends_on_place(); });

  decoder.texts_.reserve(decoder.tokens_->size());
  try {
    std::string buffer;
    for (std::size_t id = 0; id < decoder.tokens_->size(); ++id) decoder.work_out(static_cast<TokenId>(id), buffer);
  } catch (const std::invalid_argument&) {
    return {};  // a token that the chain refuses; it may never come
  }
  return decoder;
}

// What the token is in the text; returns what its fragments are to their neighbours.
std::uint8_t PrecomputedDecoder::rewrite(std::string_view token, bool first, bool last, std::string& bytes) const {
  bytes = token;
  for (const auto& part : token_parts_) part->rewrite(bytes, first, last);
  if (join_ == Join::byte_level) {
    std::string spelled;
    append_byte_level(bytes, spelled);
    bytes = std::move(spelled);
    // No bytes at all do not part the ones around them.
    return utf8::first_invalid(bytes) == std::string::npos ? 0 : TokenTexts::fragment;
  }
  if (join_ == Join::byte_fallback) {
    if (const auto byte = fallback_byte(bytes)) {
      bytes.assign(1, *byte);
      return TokenTexts::fragment;
    }
    if (bytes.empty()) return TokenTexts::parting;
  }
  return 0;
}

void PrecomputedDecoder::work_out(TokenId id, std::string& buffer) {
  if (tokens_->kind(id) == TokenKind::absent) return texts_.add({}, TokenTexts::absent);
  std::uint8_t flags = rewrite((*tokens_)[id], false, false, buffer);
  if (tokens_->kind(id) == TokenKind::special) flags |= TokenTexts::special;
  texts_.add(buffer, flags);
}

// Writes what the ids that count give.
template <class Writer>
void PrecomputedDecoder::write(std::span<const TokenId> ids, bool skip_special_tokens, Writer& writer) const {
  const std::uint8_t skipped = skip_special_tokens ? TokenTexts::absent | TokenTexts::special : TokenTexts::absent;
  if (!depends_on_place_) return writer.write(texts_, ids, skipped);
  const auto counts = [&](TokenId id) { return tokens_->find(id, skip_special_tokens).has_value(); };
  while (!ids.empty() && !counts(ids.front())) ids = ids.subspan(1);
  while (!ids.empty() && !counts(ids.back())) ids = ids.first(ids.size() - 1);
  const auto write_one = [&](TokenId id, bool first, bool last) {
    std::string bytes;
    const std::uint8_t flags = rewrite((*tokens_)[id], first, last, bytes);
    writer.write(bytes, flags);
  };
  if (ids.empty()) return;
  write_one(ids.front(), true, ids.size() == 1);
  if (ids.size() == 1) return;
  writer.write(texts_, ids.subspan(1, ids.size() - 2), skipped);
  write_one(ids.back(), false, true);
}

void PrecomputedDecoder::decode(std::span<const TokenId> ids, bool skip_special_tokens, TextBuffer& out) const {
  constexpr Repair repair[] = {Repair::none, Repair::whole_run, Repair::sequences};
  const std::size_t begin = out.size();
  write_repaired(out, repair[static_cast<int>(join_)], [&](auto& writer) { write(ids, skip_special_tokens, writer); });
  if (text_parts_.empty()) return;
  const std::string text = run_decoders(text_parts_, {std::string(out.from(begin))});
  out.resize(begin);
  out.append(text);
}

}  // namespace polyvocab
