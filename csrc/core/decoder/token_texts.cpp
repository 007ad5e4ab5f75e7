#include "core/decoder/token_texts.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

constexpr std::string_view replacement_character = "\uFFFD";

// Each byte that is in no character of its own becomes U+FFFD, and so do those of a character that breaks off.
std::string with_bytes_replaced(std::string_view run) {
  std::string text;
  for (std::size_t at = 0; at < run.size();) {
    const std::string_view rest = run.substr(at);
    const std::size_t valid = std::min(utf8::first_invalid(rest), rest.size());
    text.append(rest.substr(0, valid));
    at += valid;
    if (valid == rest.size()) break;
    text.append(replacement_character);
    ++at;
  }
  return text;
}

}  // namespace

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

void TokenTexts::write(std::span<const TokenId> ids, std::uint8_t skipped, Writer& writer) const {
  const std::uint8_t unusual = skipped | far | fragment;
  while (!ids.empty()) {
    const auto block = ids.first(std::min(ids.size(), Writer::block));
    ids = ids.subspan(block.size());
    writer.expect(block.size());
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

// Most tokens have fewer than 8 bytes.
TokenTexts::Writer::Writer(std::string& text, std::size_t tokens, Repair repair) : text_(text), repair_(repair) {
  text_.reserve(8 * tokens);
  end_ = text_.data();
}

void TokenTexts::Writer::expect(std::size_t pieces) {
  expected_ = pieces * sizeof(Piece);
  reserve(0);
}

void TokenTexts::Writer::reserve(std::size_t bytes) {
  const std::size_t used = size();
  const std::size_t needed = used + bytes + expected_;
  if (text_.size() < needed) text_.resize(std::max(needed, 2 * used));
  end_ = text_.data() + used;
}

inline void TokenTexts::Writer::write(const Piece& piece) {
  if (run_ != 0) end_run();
  std::memcpy(end_, &piece, sizeof(Piece));
  end_ += piece.size;
}

void TokenTexts::Writer::write(std::string_view bytes, bool is_fragment) {
  if (is_fragment) {
    run_ += bytes.size();
  } else if (run_ != 0) {
    end_run();
  }
  append(bytes);
}

void TokenTexts::Writer::finish() {
  if (run_ != 0) end_run();
  text_.resize(size());
}

void TokenTexts::Writer::append(std::string_view bytes) {
  reserve(bytes.size());
  end_ = std::copy(bytes.begin(), bytes.end(), end_);
}

// What lies around the fragments is text, so they can be repaired without it.
void TokenTexts::Writer::end_run() {
  const std::string_view run(end_ - run_, run_);
  run_ = 0;
  if (utf8::first_invalid(run) == std::string::npos) return;
  const std::string text = repaired(run);
  end_ -= run.size();
  append(text);
}

std::string TokenTexts::Writer::repaired(std::string_view run) const {
  if (repair_ == Repair::invalid_bytes) return with_bytes_replaced(run);
  if (repair_ == Repair::sequences) return utf8::lossy(run);
  std::string text;
  for (std::size_t i = 0; i < run.size(); ++i) text.append(replacement_character);
  return text;
}

}  // namespace polyvocab
