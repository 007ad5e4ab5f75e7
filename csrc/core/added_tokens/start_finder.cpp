#include "core/added_tokens/start_finder.h"

#include <algorithm>
#include <cstring>

#include "core/wider.h"

namespace polyvocab {
namespace {

// More than this, and one look at each pair of bytes is quicker than one for each start.
constexpr std::size_t most_starts = 16;
// Second bytes of one first byte; where there are more, any will do.
constexpr std::size_t most_seconds = 3;

unsigned char byte(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// All numbers are one byte wide, so that the loops below put as many as possible into a register.
unsigned char is_start(const unsigned char* bytes, StartFinder::Start start) {
  const auto first = static_cast<unsigned char>(bytes[0] ^ start.first);
  const auto second = static_cast<unsigned char>((bytes[1] & start.mask) ^ start.second);
  return static_cast<unsigned char>(first | second) == 0;
}

// These read one byte more than a block.
POLYVOCAB_WIDER bool has_start(const unsigned char* bytes, StartFinder::Start start) {
  unsigned char any = 0;
  for (std::size_t i = 0; i < StartFinder::block; ++i) any |= is_start(bytes + i, start);
  return any != 0;
}

POLYVOCAB_WIDER void mark_starts(const unsigned char* bytes, StartFinder::Start start, unsigned char* __restrict flags) {
  for (std::size_t i = 0; i < StartFinder::block; ++i) flags[i] |= is_start(bytes + i, start);
}

}  // namespace

StartFinder::StartFinder(const std::vector<std::string_view>& patterns) {
  for (const std::string_view pattern : patterns) {
    const std::size_t first = byte(pattern, 0);
    if (pattern.size() > 1) {
      pairs_.set(first << 8 | byte(pattern, 1));
    } else {
      for (std::size_t second = 0; second < 256; ++second) pairs_.set(first << 8 | second);
    }
  }
  for (std::size_t first = 0; first < 256; ++first) {
    std::vector<Start> starts;
    for (std::size_t second = 0; second < 256; ++second) {
      if (!pairs_[first << 8 | second]) continue;
      starts.push_back({static_cast<unsigned char>(first), static_cast<unsigned char>(second), 0xFF});
    }
    if (starts.size() > most_seconds) starts.assign(1, {static_cast<unsigned char>(first), 0, 0});
    starts_.insert(starts_.end(), starts.begin(), starts.end());
  }
  if (starts_.size() > most_starts) starts_.clear();
}

bool StartFinder::mark(std::string_view text, std::size_t from, unsigned char* flags) const {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data()) + from;
  const std::size_t count = std::min(text.size() - from, block);
  // Behind the end of the text a byte 0 is as good as any: a pattern of one byte goes with all of them.
  std::array<unsigned char, block + 1> padded{};
  if (from + count == text.size()) {
    std::memcpy(padded.data(), bytes, count);
    bytes = padded.data();
  }
  bool any = false;
  if (!starts_.empty()) {
    for (const Start start : starts_) {
      if (!has_start(bytes, start)) continue;
      if (!any) std::memset(flags, 0, block);
      any = true;
      mark_starts(bytes, start, flags);
    }
    return any;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const bool flag = pairs_[static_cast<std::size_t>(bytes[i]) << 8 | bytes[i + 1]];
    flags[i] = flag ? 1 : 0;
    any |= flag;
  }
  return any;
}

std::size_t StartSearch::next(std::size_t from) {
  while (from < text_.size()) {
    if (from >= end_) {
      begin_ = from;
      end_ = std::min(text_.size(), from + StartFinder::block);
      if (!finder_.mark(text_, from, flags_.data())) {
        from = end_;
        continue;
      }
    }
    const void* found = std::memchr(&flags_[from - begin_], 1, end_ - from);
    if (found != nullptr) return begin_ + static_cast<std::size_t>(static_cast<const unsigned char*>(found) - flags_.data());
    from = end_;
  }
  return text_.size();
}

}  // namespace polyvocab
