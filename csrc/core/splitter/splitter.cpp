#include "core/splitter/splitter.h"

#include <bit>

namespace polyvocab {

Splitter::Splitter(std::string_view pattern, Dialect dialect)
    : automaton_(compile(parse_pattern(pattern, dialect))), windows_(automaton_) {}

std::size_t Splitter::match_at(std::string_view text, std::size_t from) const {
  std::size_t at = from, found = from;
  auto state = automaton_.start();
  while (at < text.size()) {
    const auto [of, size] = automaton_.read(text.data() + at);
    const auto step = automaton_.step(state, of);
    const auto after = Automaton::state(step);
    // A byte that comes many times and changes nothing, as the spaces of an indentation, is read past at once.
    if (after == state && size == 1) {
      const char byte = text[at];
      while (at + 1 < text.size() && text[at + 1] == byte) ++at;
    }
    if (step & Automaton::match_bit) found = at;
    state = after;
    if (state == Automaton::dead) return found;
    at += size;
  }
  if (automaton_.step(state, automaton_.end_class()) & Automaton::match_bit) found = at;
  return found;
}

Splitter::Match Splitter::next(std::string_view text, std::size_t from) const {
  while (from < text.size()) {
    if (const auto end = match_at(text, from); end > from) return {from, end};
    from += utf8::length(static_cast<unsigned char>(text[from]));
  }
  return {text.size(), text.size()};
}

bool Splitter::may_match(char32_t code) const {
  const auto of = automaton_.class_of(code);
  bool lives = false;
  automaton_.for_each_state([&](Automaton::State state) {
    lives = lives || Automaton::state(automaton_.step(state, of)) != Automaton::dead;
  });
  return lives;
}

bool Splitter::joins(char32_t left, char32_t right) const {
  const auto class_right = automaton_.class_of(right);
  // Whatever state the automaton is in after `left`, it must go no further, and find the same match as at the end of a text.
  const auto goes_on = [&](Automaton::Class class_left) {
    bool goes = false;
    automaton_.for_each_state([&](Automaton::State state) {
      const auto after = Automaton::state(automaton_.step(state, class_left));
      if (after == Automaton::dead) return;
      const auto inside = automaton_.step(after, class_right);
      const auto at_end = automaton_.step(after, automaton_.end_class());
      goes = goes || Automaton::state(inside) != Automaton::dead || inside != at_end;
    });
    return goes;
  };
  if (left < 0x80) return goes_on(automaton_.class_of(left));
  std::vector<bool> beyond_ascii(automaton_.classes - 1);
  for (char32_t code = 0x80; code < 0x10000; ++code) {
    if (!unicode::is_whitespace(code)) beyond_ascii[automaton_.basic[code]] = true;
  }
  for (const auto of : automaton_.supplementary) beyond_ascii[of] = true;
  for (std::size_t of = 0; of < beyond_ascii.size(); ++of) {
    if (beyond_ascii[of] && goes_on(static_cast<Automaton::Class>(of))) return true;
  }
  return false;
}

std::size_t Cuts::next(std::uint32_t* ends, std::size_t capacity) {
  std::size_t count = 0;
  while (count < capacity && at_ < text_.size()) {
    const std::size_t before = count;
    if (at_ + 1 < text_.size() && utf8::is_ascii(text_[at_ + 1])) count = decided_ends(ends, count, capacity);
    if (count > before) continue;
    at_ = undecided_end();
    ends[count++] = static_cast<std::uint32_t>(at_);
  }
  return count;
}

const Windows::Masks& Cuts::masks(std::size_t block) {
  if (block != block_) {
    masks_ = splitter_.windows_.masks(text_, block * 64);
    block_ = block;
  }
  return masks_;
}

// The ends in the block of the place behind the beginning of the piece, up to the first place that is unsure.
std::size_t Cuts::decided_ends(std::uint32_t* ends, std::size_t count, std::size_t capacity) {
  const std::size_t block = (at_ + 1) / 64;
  const Windows::Masks& masks = this->masks(block);
  std::uint64_t first = std::uint64_t{1} << (at_ + 1) % 64;
  while (count < capacity) {
    const std::uint64_t later = ~(first | (first - 1));
    const std::uint64_t unsure = (masks.unsure & later) | (masks.first_unsure & first);
    const std::uint64_t found = (masks.ends & later) | (masks.first_ends & first);
    const std::uint64_t next = (found | unsure) & (~(found | unsure) + 1);
    if ((next & found & ~unsure) == 0) break;
    at_ = block * 64 + static_cast<std::size_t>(std::countr_zero(next));
    ends[count++] = static_cast<std::uint32_t>(at_);
    first = next << 1;
    if (first == 0) break;
  }
  return count;
}

// The end of a piece that does not end in the block where it begins, or that only the automaton can tell.
std::size_t Cuts::undecided_end() {
  const std::size_t first = at_ + 1;
  // A piece that begins beyond ASCII, maybe after a space, is not decided by single bytes.
  const bool plain = utf8::is_ascii(text_[at_]) && first < text_.size() && utf8::is_ascii(text_[first]);
  for (std::size_t place = first; plain && place < text_.size();) {
    const Windows::Masks& masks = this->masks(place / 64);
    std::uint64_t ends = masks.ends, unsure = masks.unsure;
    if (place == first) {
      const std::uint64_t bit = std::uint64_t{1} << place % 64;
      ends = (ends & ~bit) | (masks.first_ends & bit);
      unsure = (unsure & ~bit) | (masks.first_unsure & bit);
    }
    const std::uint64_t ahead = (ends | unsure) >> place % 64;
    if (ahead == 0) {
      place = (place / 64 + 1) * 64;
      continue;
    }
    place += static_cast<std::size_t>(std::countr_zero(ahead));
    if (ends >> place % 64 & 1) return place;
    break;
  }
  // Not decided by neighbours alone: a match, or else all up to the next one.
  const auto end = splitter_.match_at(text_, at_);
  return end > at_ ? end : splitter_.next(text_, at_).begin;
}

}  // namespace polyvocab
