// What the pre-tokenizers share: pieces are cut further one by one, at matches or at characters of a kind.
#pragma once

#include "core/pre_tokenizer/pre_tokenizer.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

inline std::string_view view(const Text& text, Span piece) {
  return std::string_view(text.bytes).substr(piece.begin, piece.end - piece.begin);
}

// Calls `cut(piece)` for each piece; what it appends to `pieces` takes the place of the old ones.
template <class Cut>
void cut_each(std::vector<Span>& pieces, const Cut& cut) {
  const std::size_t old = pieces.size();
  for (std::size_t i = 0; i < old; ++i) cut(Span{pieces[i]});
  pieces.erase(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(old));
}

// Makes pieces of the matches in one piece and of what lies between them, which come in order and touch.
class Joiner {
 public:
  Joiner(std::vector<Span>& pieces, Behavior behavior, bool invert) : pieces_(pieces), behavior_(behavior), invert_(invert) {}

  void add(std::uint32_t begin, std::uint32_t end, bool is_match) {
    if (begin == end) return;
    is_match = is_match != invert_;
    if (behavior_ == Behavior::removed ? !is_match : !joins(is_match)) {
      pieces_.push_back({begin, end});
    } else if (behavior_ != Behavior::removed) {
      pieces_.back().end = end;
    }
    any_ = true;
    after_match_ = is_match;
  }

 private:
  // Whether the part goes with the one before it.
  bool joins(bool is_match) const {
    if (!any_) return false;
    switch (behavior_) {
      case Behavior::contiguous:
        return is_match == after_match_;
      case Behavior::merged_with_previous:
        return is_match && !after_match_;
      case Behavior::merged_with_next:
        return !is_match && after_match_;
      default:
        return false;
    }
  }

  std::vector<Span>& pieces_;
  Behavior behavior_;
  bool invert_;
  bool any_ = false;
  bool after_match_ = false;
};

// Each character for which `is_match(code)` holds is a match.
template <class IsMatch>
void cut_at_characters(const Text& text, std::vector<Span>& pieces, Behavior behavior, const IsMatch& is_match) {
  cut_each(pieces, [&](Span piece) {
    Joiner joiner(pieces, behavior, false);
    std::uint32_t done = piece.begin;
    for (std::uint32_t at = piece.begin; at < piece.end;) {
      const auto [code, size] = utf8::decode(&text.bytes[at]);
      if (is_match(code)) {
        joiner.add(done, at, false);
        joiner.add(at, at + size, true);
        done = at + size;
      }
      at += size;
    }
    joiner.add(done, piece.end, false);
  });
}

// `next(text, from)` finds the matches, as Splitter::next does.
template <class Next>
void cut_at_matches(const Text& text, std::vector<Span>& pieces, Behavior behavior, bool invert, const Next& next) {
  cut_each(pieces, [&](Span piece) {
    Joiner joiner(pieces, behavior, invert);
    const std::string_view part = view(text, piece);
    for (std::size_t done = 0; done < part.size();) {
      const auto [begin, end] = next(part, done);
      const auto at = [&](std::size_t offset) { return piece.begin + static_cast<std::uint32_t>(offset); };
      joiner.add(at(done), at(begin), false);
      joiner.add(at(begin), at(end), true);
      done = end;
    }
  });
}

}  // namespace polyvocab
