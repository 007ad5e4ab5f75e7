#include "core/decoder/precomputed.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "core/decoder/byte_tokens.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

// The end of the text that is being written, with room for a block of pieces behind it.
class PrecomputedDecoder::Writer {
 public:
  static constexpr std::size_t block = 256;

  // What the string held is overwritten: its memory is used again. Most tokens have fewer than 8 bytes.
  Writer(std::string& text, std::size_t tokens, Join join) : text_(text), join_(join) {
    text_.reserve(8 * tokens);
    end_ = text_.data();
  }

  // Room for so many bytes and a block.
  void reserve(std::size_t bytes) {
    const std::size_t used = size();
    const std::size_t needed = used + bytes + block * sizeof(Piece);
    if (text_.size() < needed) text_.resize(std::max(needed, 2 * used));
    end_ = text_.data() + used;
  }

  // Expects room, and no fragment.
  void write(const Piece& piece) {
    if (run_ != 0) end_run();
    std::memcpy(end_, &piece, sizeof(Piece));
    end_ += piece.size;
  }

  void write(std::string_view bytes, bool is_fragment) {
    if (is_fragment) {
      run_ += bytes.size();
    } else if (run_ != 0) {
      end_run();
    }
    append(bytes);
  }

  void finish() {
    if (run_ != 0) end_run();
    text_.resize(size());
  }

 private:
  std::size_t size() const { return static_cast<std::size_t>(end_ - text_.data()); }

  void append(std::string_view bytes) {
    reserve(bytes.size());
    end_ = std::copy(bytes.begin(), bytes.end(), end_);
  }

  // What lies around the fragments is text, so they can be repaired without it.
  void end_run() {
    const std::string_view run(end_ - run_, run_);
    run_ = 0;
    if (utf8::first_invalid(run) == std::string::npos) return;
    const std::string text = join_ == Join::byte_fallback ? replaced(run.size()) : utf8::lossy(run);
    end_ -= run.size();
    append(text);
  }

  // One U+FFFD per byte.
  static std::string replaced(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes; ++i) text.append("\uFFFD");
    return text;
  }

  std::string& text_;
  Join join_;
  char* end_;
  std::size_t run_ = 0;  // bytes of fragments at the end
};

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

  decoder.pieces_.reserve(decoder.tokens_->size());
  try {
    std::string buffer;
    for (std::size_t id = 0; id < decoder.tokens_->size(); ++id) decoder.pieces_.push_back(decoder.piece(id, buffer));
  } catch (const std::invalid_argument&) {
    return {};  // a token that the chain refuses; it may never come
  }
  return decoder;
}

bool PrecomputedDecoder::depends_on_place() const {
  return std::any_of(token_parts_.begin(), token_parts_.end(), [](const auto& part) { return part->depends_on_place(); });
}

// What the token is in the text; true where that is a fragment.
bool PrecomputedDecoder::rewrite(std::string_view token, bool first, bool last, std::string& bytes) const {
  bytes = token;
  for (const auto& part : token_parts_) part->rewrite(bytes, first, last);
  if (join_ == Join::byte_level) {
    std::string spelled;
    append_byte_level(bytes, spelled);
    bytes = std::move(spelled);
    // No bytes at all do not part the ones around them.
    return bytes.empty() || utf8::first_invalid(bytes) != std::string::npos;
  }
  if (join_ == Join::byte_fallback) {
    if (const auto byte = fallback_byte(bytes)) {
      bytes.assign(1, *byte);
      return true;
    }
  }
  return false;
}

PrecomputedDecoder::Piece PrecomputedDecoder::piece(std::size_t id, std::string& buffer) {
  Piece piece{};
  if (tokens_->kind(id) == TokenKind::absent) {
    piece.flags = absent;
    return piece;
  }
  if (rewrite((*tokens_)[id], false, false, buffer)) piece.flags |= fragment;
  if (tokens_->kind(id) == TokenKind::special) piece.flags |= special;
  if (buffer.size() <= Piece::room) {
    std::copy(buffer.begin(), buffer.end(), piece.bytes);
    piece.size = static_cast<std::uint8_t>(buffer.size());
    return piece;
  }
  const std::uint64_t offset = far_.size();
  if (buffer.size() > UINT32_MAX) throw std::length_error("a token of 4 GiB or more");
  const auto size = static_cast<std::uint32_t>(buffer.size());
  std::memcpy(piece.bytes, &offset, sizeof offset);
  std::memcpy(piece.bytes + sizeof offset, &size, sizeof size);
  piece.flags |= far;
  far_.append(buffer);
  return piece;
}

std::string_view PrecomputedDecoder::text_of(const Piece& piece) const {
  if ((piece.flags & far) == 0) return {piece.bytes, piece.size};
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::memcpy(&offset, piece.bytes, sizeof offset);
  std::memcpy(&size, piece.bytes + sizeof offset, sizeof size);
  return {far_.data() + offset, size};
}

void PrecomputedDecoder::write_all(std::span<const TokenId> ids, bool skip_special_tokens, Writer& writer) const {
  const std::uint8_t skipped = skip_special_tokens ? absent | special : absent;
  const std::uint8_t unusual = skipped | far | fragment;
  while (!ids.empty()) {
    const auto block = ids.first(std::min(ids.size(), Writer::block));
    ids = ids.subspan(block.size());
    writer.reserve(0);
    for (const TokenId id : block) {
      if (id >= pieces_.size()) continue;
      const Piece& piece = pieces_[id];
      if ((piece.flags & unusual) == 0) {
        writer.write(piece);
      } else if ((piece.flags & skipped) == 0) {
        writer.write(text_of(piece), (piece.flags & fragment) != 0);
      }
    }
  }
}

void PrecomputedDecoder::write_one(TokenId id, bool first, bool last, Writer& writer) const {
  std::string bytes;
  const bool is_fragment = rewrite((*tokens_)[id], first, last, bytes);
  writer.write(bytes, is_fragment);
}

void PrecomputedDecoder::decode(std::span<const TokenId> ids, bool skip_special_tokens, std::string& text) const {
  Writer writer(text, ids.size(), join_);
  if (depends_on_place()) {
    const auto counts = [&](TokenId id) { return tokens_->find(id, skip_special_tokens).has_value(); };
    while (!ids.empty() && !counts(ids.front())) ids = ids.subspan(1);
    while (!ids.empty() && !counts(ids.back())) ids = ids.first(ids.size() - 1);
    if (ids.size() == 1) {
      write_one(ids.front(), true, true, writer);
    } else if (!ids.empty()) {
      write_one(ids.front(), true, false, writer);
      write_all(ids.subspan(1, ids.size() - 2), skip_special_tokens, writer);
      write_one(ids.back(), false, true, writer);
    }
  } else {
    write_all(ids, skip_special_tokens, writer);
  }
  writer.finish();
  if (!text_parts_.empty()) text = run_decoders(text_parts_, {std::move(text)});
}

}  // namespace polyvocab
