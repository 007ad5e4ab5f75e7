#include "core/decoder/repair.h"

#include <algorithm>
#include <string>

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

bool PlainWriter::is_text() const {
  if ((seen_ & TokenTexts::fragment) == 0) return true;
  return (seen_ & TokenTexts::parting) == 0 && utf8::is_valid(out_.from(begin_));
}

void RepairingWriter::write(std::string_view bytes, std::uint8_t flags) {
  if ((flags & TokenTexts::fragment) != 0) {
    run_ += bytes.size();
  } else {
    end_run();
  }
  out_.append(bytes);
}

void RepairingWriter::write(const TokenTexts& texts, std::span<const TokenId> ids, std::uint8_t skipped) {
  for (const TokenId id : ids) {
    if (id < texts.size() && (texts.flags(id) & skipped) == 0) write(texts[id], texts.flags(id));
  }
}

void RepairingWriter::end_run() {
  if (run_ == 0) return;
  const std::size_t begin = out_.size() - run_;
  const std::string run(out_.from(begin));
  run_ = 0;
  if (utf8::is_valid(run)) return;
  out_.resize(begin);
  if (repair_ == Repair::invalid_bytes) return out_.append(with_bytes_replaced(run));
  for (std::size_t i = 0; i < run.size(); ++i) out_.append(replacement_character);
}

void repair_sequences(TextBuffer& out, std::size_t begin) {
  const std::string text = utf8::lossy(out.from(begin));
  out.resize(begin);
  out.append(text);
}

}  // namespace polyvocab
