#include "core/decoder/stream.h"

#include <stdexcept>

namespace polyvocab {
namespace {

// What a character that is not complete looks like.
bool is_open(std::string_view text) { return text.ends_with("\uFFFD"); }

}  // namespace

std::optional<std::string> DecodeStream::step(const Decoder& decoder, std::span<const TokenId> ids) {
  return step(
      [&](const std::vector<TokenId>& all, bool skip_special_tokens) {
        TextBuffer text;
        if (goes_on_) {
          decoder.decode_on(all, skip_special_tokens, text);
        } else {
          decoder.decode(all, skip_special_tokens, text);
        }
        return std::string(text.from(0));
      },
      ids);
}

std::string DecodeStream::text_with(const Decode& decode, std::span<const TokenId> ids) {
  const std::size_t before = ids_.size();
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  try {
    return decode(ids_, skip_special_tokens_);
  } catch (...) {
    ids_.resize(before);
    throw;
  }
}

std::optional<std::string> DecodeStream::step(const Decode& decode, std::span<const TokenId> ids) {
  if (prefix_.empty() && !ids_.empty()) {
    std::string before = decode(ids_, skip_special_tokens_);
    if (!is_open(before)) {
      prefix_ = std::move(before);
      prefix_count_ = ids_.size();
    }
  }
  const std::string now = text_with(decode, ids);
  if (now.size() <= prefix_.size() || is_open(now)) return {};
  if (!now.starts_with(prefix_)) {
    // Callers of the reference recognise this error by its first words.
    throw std::invalid_argument("Invalid prefix encountered: the text before token " + std::to_string(ids_.back()) +
                                " was '" + prefix_ + "', with it the text is '" + now + "'");
  }
  std::string chunk = now.substr(prefix_.size());
  const std::size_t kept = ids_.size() - prefix_count_;
  ids_.erase(ids_.begin(), ids_.end() - static_cast<std::ptrdiff_t>(kept));
  goes_on_ = true;
  prefix_ = decode(ids_, skip_special_tokens_);
  prefix_count_ = kept;
  return chunk;
}

}  // namespace polyvocab
