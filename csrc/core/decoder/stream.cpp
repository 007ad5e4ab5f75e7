#include "core/decoder/stream.h"

#include <stdexcept>

namespace polyvocab {
namespace {

// What a character that is not complete looks like.
bool is_open(std::string_view text) { return text.ends_with("\uFFFD"); }

}  // namespace

std::string DecodeStream::text() const {
  std::string text;
  decoder_->decode(ids_, skip_special_tokens_, text);
  return text;
}

std::optional<std::string> DecodeStream::step(std::span<const TokenId> ids) {
  if (prefix_.empty() && !ids_.empty()) {
    std::string before = text();
    if (!is_open(before)) {
      prefix_ = std::move(before);
      prefix_count_ = ids_.size();
    }
  }
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  const std::string now = text();
  if (now.size() <= prefix_.size() || is_open(now)) return {};
  if (!now.starts_with(prefix_)) {
    // Callers of the reference recognise this error by its first words.
    throw std::invalid_argument("Invalid prefix encountered: the text before token " + std::to_string(ids_.back()) +
                                " was '" + prefix_ + "', with it the text is '" + now + "'");
  }
  std::string chunk = now.substr(prefix_.size());
  const std::size_t kept = ids_.size() - prefix_count_;
  ids_.erase(ids_.begin(), ids_.end() - static_cast<std::ptrdiff_t>(kept));
  prefix_ = text();
  prefix_count_ = kept;
  return chunk;
}

}  // namespace polyvocab
