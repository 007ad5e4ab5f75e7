#include "core/splitter/splitter.h"

#include <bit>

#include "core/splitter/places.h"

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

std::size_t Cuts::next(std::uint32_t* ends, std::size_t room) {
  static WritePlaces* const write_places = quickest_places();
  std::size_t count = 0;
  while (at_ < text_.size() && count + least_room <= room) {
    // A piece that begins beyond ASCII, maybe after a space, is not decided by single bytes.
    const bool begins_here = place_ == at_ + 1;
    bool is_unsure = begins_here && !(utf8::is_ascii(text_[at_]) && place_ < text_.size() && utf8::is_ascii(text_[place_]));
    if (!is_unsure) {
      const std::size_t first = place_ / 64 * 64;
      const auto [found, unsure] = decide();
      count += write_places(found, static_cast<std::uint32_t>(first), ends + count);
      if (found != 0) at_ = first + static_cast<std::size_t>(std::bit_width(found)) - 1;
      is_unsure = unsure != 0;
      place_ = first + 64;
    }
    if (is_unsure) {
      at_ = ask_automaton();
      ends[count++] = static_cast<std::uint32_t>(at_);
      place_ = at_ + 1;
    }
  }
  return count;
}

// The ends from `place_` to the end of its block, or to the first place there that is unsure.
Cuts::Decided Cuts::decide() {
  const std::size_t block = place_ / 64;
  if (block != block_) {
    masks_ = splitter_.windows_.masks(text_, block * 64);
    block_ = block;
  }
  const std::uint64_t ahead = ~std::uint64_t{0} << place_ % 64;
  const std::uint64_t begun = std::uint64_t{place_ == at_ + 1} << place_ % 64;
  const std::uint64_t ends = masks_.ends & ahead, first_ends = masks_.first_ends & ahead;
  // Whether a place is the first one of its piece is told by the place before, and so on. What follows from what is known is
  // worked out for all places at once until nothing changes, which hardly takes more than three rounds.
  std::uint64_t first = begun, found = (ends & ~first) | (first_ends & first);
  const auto go_on = [&] {
    first = found << 1 | begun;
    found = (ends & ~first) | (first_ends & first);
  };
  go_on();
  go_on();
  for (std::uint64_t before = ~found; before != found;) {
    before = found;
    go_on();
  }
  const std::uint64_t unsure = ((masks_.unsure & ~first) | (masks_.first_unsure & first)) & ahead;
  return {found & ~unsure & (unsure - 1), unsure};
}

std::size_t Cuts::ask_automaton() const {
  const auto end = splitter_.match_at(text_, at_);
  return end > at_ ? end : splitter_.next(text_, at_).begin;
}

}  // namespace polyvocab
