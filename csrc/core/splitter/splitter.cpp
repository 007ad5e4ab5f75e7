#include "core/splitter/splitter.h"

#include <bit>

#include "core/splitter/places.h"

namespace polyvocab {

Splitter::Splitter(std::string_view pattern, Dialect dialect)
    : automaton_(compile(parse_pattern(pattern, dialect))),
      ascii_windows_(automaton_, WindowKinds::Scope::ascii),
      windows_(automaton_, WindowKinds::Scope::all),
      kinds_(automaton_, windows_) {}

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
  std::size_t count = 0;
  while (at_ < text_.size() && count + least_room <= room) {
    const std::size_t block = place_ / 64 * 64;
    const auto [found, unsure] = decide();
    count += write_ends(found, static_cast<std::uint32_t>(block), ends + count);
    if (found != 0) at_ = block + place_of(std::bit_width(found) - 1);
    place_ = block + 64;
    if (unsure != 0) {
      at_ = ask_automaton();
      ends[count++] = static_cast<std::uint32_t>(at_);
      place_ = at_ + 1;
      is_first_ = true;
    }
  }
  return count;
}

// The ends from `place_` to the end of its block, or to the first place there that is unsure.
Cuts::Decided Cuts::decide() {
  const std::size_t block = place_ / 64;
  if (block != block_) {
    const bool was_ascii = is_ascii_;
    look_at(block);
    if (is_ascii_ != was_ascii && !is_first_) return {0, 1};
  }
  const unsigned in_block = place_ % 64;
  const std::size_t before = is_ascii_ ? in_block : characters_.count_before(in_block);
  const std::size_t last = is_ascii_ ? 63 : characters_.count - 1;
  if (before > last) return {0, 0};
  const std::uint64_t ahead = ~std::uint64_t{0} << before;
  const std::uint64_t begun = std::uint64_t{is_first_} << before;
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
  for (std::uint64_t known = ~found; known != found;) {
    known = found;
    go_on();
  }
  const std::uint64_t unsure = ((masks_.unsure & ~first) | (masks_.first_unsure & first)) & ahead;
  is_first_ = found >> last & 1;
  return {found & ~unsure & (unsure - 1), unsure};
}

void Cuts::look_at(std::size_t block) {
  block_ = block;
  is_ascii_ = !characters_.read(splitter_.kinds_, text_, block * 64);
  masks_ = is_ascii_ ? splitter_.ascii_windows_.masks(text_, block * 64)
                     : splitter_.windows_.masks(characters_.kinds.data(), characters_.count);
}

std::size_t Cuts::write_ends(std::uint64_t ends, std::uint32_t first, std::uint32_t* out) const {
  static WritePlaces* const write_places = quickest_places();
  if (is_ascii_) return write_places(ends, first, out);
  const std::size_t count = write_places(ends, 0, out);
  for (std::size_t i = 0; i < count; ++i) out[i] = first + characters_.places[out[i]];
  return count;
}

std::size_t Cuts::ask_automaton() const {
  const auto end = splitter_.match_at(text_, at_);
  return end > at_ ? end : splitter_.next(text_, at_).begin;
}

}  // namespace polyvocab
