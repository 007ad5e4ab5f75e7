#include "core/tokenizer/joints.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

using Between = Windows::Between;

constexpr char32_t some_letter = 0x4E00;  // stands for all characters beyond ASCII that are no white space
constexpr char32_t mark = 0x2581;         // SentencePiece's space

enum Kind : std::uint8_t { space, line, lower, upper, digit, punctuation, control, beyond };
static_assert(beyond + 1 == Windows::few);

constexpr auto kind_of = [] {
  std::array<std::uint8_t, 128> table{};
  for (unsigned code = 0; code < 128; ++code) {
    table[code] = code == ' '                                                 ? space
                  : code >= '\t' && code <= '\r'                              ? line
                  : code >= 'a' && code <= 'z'                                ? lower
                  : code >= 'A' && code <= 'Z'                                ? upper
                  : code >= '0' && code <= '9'                                ? digit
                  : code < 0x20 || code == 0x7F                               ? control
                                                                              : punctuation;
  }
  return table;
}();

// What a character beyond ASCII may become.
std::vector<char32_t> any_solid() {
  std::vector<char32_t> all{some_letter};
  for (char32_t code = 0x21; code < 0x7F; ++code) all.push_back(code);
  return all;
}

std::vector<char32_t> any_space() { return {' ', '\t', '\n', '\r', 0xA0, 0x3000, mark}; }

// The components that a place must be open for, one after the other.
struct Chain {
  std::vector<NormalizerPtr> steps;
  PreTokenizerPtr pre_tokenizer;
  const Model& model;

  // Whether a cut is safe after any character beyond ASCII that is no white space, before all characters of a kind: where the
  // normal text before the place ends in no white space, and where it does.
  struct AfterOthers {
    bool solid, spaces;
  };
  AfterOthers opens_after_others(Kind kind) const {
    std::vector<char32_t> rights;
    for (char32_t code = 0; code < 128; ++code) {
      if (kind_of[code] == kind) rights.push_back(code);
    }
    if (steps.empty()) return {opens(0, {some_letter}, rights), true};
    bool solid = std::ranges::none_of(rights, [&](char32_t right) { return steps[0]->joins(some_letter, right); });
    steps[0]->becomes(rights, false);
    solid = solid && opens(1, any_solid(), rights);
    const bool spaces = solid && opens(1, any_space(), rights);
    // Only the first step can tell from the raw text; later ones could make white space of something else.
    if (!spaces && steps.size() > 2) solid = false;
    for (std::size_t step = 1; step < steps.size(); ++step) solid = solid && steps[step]->always_opens();
    return {solid, spaces};
  }

  // Whether a cut is safe from step `from` on, where the text there may end with one of `lefts` and go on with one of `rights`.
  bool opens(std::size_t from, std::vector<char32_t> lefts, std::vector<char32_t> rights) const {
    const auto every_pair = [&](const auto& holds) {
      return std::ranges::all_of(lefts, [&](char32_t left) {
        return std::ranges::all_of(rights, [&](char32_t right) {
          return left != Normalizer::nothing && right != Normalizer::nothing && holds(left, right);
        });
      });
    };
    for (std::size_t step = from; step < steps.size(); ++step) {
      const auto open = [&](char32_t left, char32_t right) { return right < 0x80 && !steps[step]->joins(left, right); };
      if (!every_pair(open)) return false;
      steps[step]->becomes(lefts, true);
      steps[step]->becomes(rights, false);
    }
    return every_pair([&](char32_t left, char32_t right) {
      Joint joint = Joint::open;
      if (pre_tokenizer) {
        joint = pre_tokenizer->joint(left, right);
        left = pre_tokenizer->image(left);
        right = pre_tokenizer->image(right);
      }
      return joint == Joint::apart || (joint == Joint::open && model.separable(left, right));
    });
  }
};

// Words that are cut further hardly come back more often.
constexpr bool inside_word(unsigned left, unsigned right) {
  return (left == lower && right == lower) || (left == upper && (right == upper || right == lower)) ||
         (left == digit && right == digit);
}

}  // namespace

Joints::Joints(const Pairs& pairs, const AsciiPairs& ascii, std::vector<NormalizerPtr> steps, bool needs_solid)
    : pairs_(pairs), ascii_(ascii), windows_(kind_of, pairs), steps_(std::move(steps)), needs_solid_(needs_solid) {}

std::optional<Joints> Joints::of(const NormalizerPtr& normalizer, const PreTokenizerPtr& pre_tokenizer, const Model& model) {
  const Chain chain{steps_of(part_of(normalizer, false, false)), part_of(pre_tokenizer, false), model};
  Pairs pairs;
  for (auto& row : pairs) row.fill(Between::no_end);
  AsciiPairs ascii;
  unsigned open[kinds][kinds] = {}, all[kinds][kinds] = {};
  for (char32_t left = 0; left < 128; ++left) {
    for (char32_t right = 0; right < 128; ++right) {
      ascii[left][right] = chain.opens(0, {left}, {right});
      open[kind_of[left]][kind_of[right]] += ascii[left][right];
      ++all[kind_of[left]][kind_of[right]];
    }
  }
  for (unsigned a = 0; a < beyond; ++a) {
    for (unsigned b = 0; b < beyond; ++b) {
      if (open[a][b] == all[a][b]) pairs[a][b] = Between::end;
      else if (open[a][b] > 0 && !inside_word(a, b)) pairs[a][b] = Between::unsure;
    }
  }
  // A space goes with the word behind it where that may be.
  for (const Kind word : {Kind::lower, Kind::upper, Kind::digit}) {
    if (pairs[space][word] == Between::end && pairs[word][space] == Between::end) pairs[space][word] = Between::no_end;
  }
  if (std::ranges::all_of(pairs, [](const auto& row) { return std::ranges::count(row, Between::no_end) == kinds; })) return {};
  // Letters and digits must stay something: by them it is told that a part is not empty, nor white space alone.
  for (char32_t code = 0; code < 128; ++code) {
    if (kind_of[code] != lower && kind_of[code] != upper && kind_of[code] != digit) continue;
    std::vector<char32_t> images{code};
    for (const NormalizerPtr& step : chain.steps) step->becomes(images, true);
    for (const char32_t image : images) {
      if (image == Normalizer::nothing || image == mark || unicode::is_whitespace(image)) return {};
    }
  }
  // Where characters beyond ASCII stay as they are, and the others become one each whatever stands beside them, a place is told
  // by its two characters.
  if (model.adjacency() && std::ranges::all_of(chain.steps, &Normalizer::maps_ascii_alone) &&
      (!chain.pre_tokenizer || chain.pre_tokenizer->tells_pairs())) {
    for (auto& row : pairs) row[beyond] = Between::unsure;
    pairs[beyond].fill(Between::unsure);
    Joints joints(pairs, ascii, chain.steps, false);
    joints.pre_tokenizer_ = chain.pre_tokenizer;
    joints.adjacent_ = model.adjacency();
    for (char32_t code = 0; code < 128; ++code) {
      std::vector<char32_t> image{code};
      for (const NormalizerPtr& step : chain.steps) step->becomes(image, true);
      joints.images_[code] = image[0];
    }
    return joints;
  }
  // After a character beyond ASCII only spaces are cut before, and kinds that may follow anything. What the character becomes
  // is not looked up: all that it may become must be fine, but for white space where the normalizer can tell that it is none.
  bool needs_solid = false;
  for (const Kind right : {Kind::space, Kind::line, Kind::punctuation}) {
    const auto [solid, spaces] = chain.opens_after_others(right);
    if (right == space) needs_solid = !spaces;
    if (solid && (spaces || right == space)) pairs[beyond][right] = Between::unsure;
  }
  return Joints(pairs, ascii, chain.steps, needs_solid);
}

bool Joints::opens_after(std::string_view head) const {
  std::size_t last = head.size() - 1;
  while (utf8::is_continuation(head[last])) --last;
  const char32_t code = utf8::decode(head.data() + last).code;
  if (code == mark || unicode::is_whitespace(code)) return false;
  return steps_.empty() || (steps_[0]->opens_after(head) && (!needs_solid_ || steps_[0]->ends_solid(head)));
}

inline bool Joints::opens_between(char32_t left, char32_t right) const {
  if (Adjacency::is_other(left) && Adjacency::is_other(right) && !pre_tokenizer_) return !adjacent_->of_others(left, right);
  return opens_beside_ascii(left, right);
}

bool Joints::opens_beside_ascii(char32_t left, char32_t right) const {
  if (left < 0x80 && right < 0x80) return ascii_[left][right];
  if (left < 0x80) left = images_[left];
  if (right < 0x80) right = images_[right];
  if (pre_tokenizer_) {
    const Joint joint = pre_tokenizer_->joint(left, right);
    if (joint != Joint::open) return joint == Joint::apart;
    left = pre_tokenizer_->image(left);
    right = pre_tokenizer_->image(right);
  }
  return !(*adjacent_)(left, right);
}

bool Joints::opens(std::string_view text, std::size_t place) const {
  const auto kind_at = [&](std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    return byte < 0x80 ? kind_of[byte] : std::uint8_t{beyond};
  };
  if (by_pairs()) {
    if (utf8::is_continuation(text[place])) return false;
    return opens_between(utf8::decode_before(text.data() + place).code, utf8::decode(text.data() + place).code);
  }
  const auto right = kind_at(place);
  // A mark behind the right character could change it, a space excepted.
  if (right != space && place + 1 < text.size() && kind_at(place + 1) == beyond) return false;
  switch (pairs_[kind_at(place - 1)][right]) {
    case Between::end: return true;
    case Between::no_end: return false;
    case Between::unsure: break;
  }
  if (!utf8::is_ascii(text[place - 1])) return opens_after(text.substr(0, place));
  return ascii_[static_cast<unsigned char>(text[place - 1])][static_cast<unsigned char>(text[place])];
}

bool Joints::is_letter_or_digit(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return code < 0x80 && (kind_of[code] == lower || kind_of[code] == upper || kind_of[code] == digit);
}

bool Joints::stays_solid(std::string_view part) const {
  if (std::ranges::any_of(part, is_letter_or_digit)) return true;
  if (!by_pairs()) return false;
  for (std::size_t at = 0; at < part.size();) {
    const auto [code, size] = utf8::decode(part.data() + at);
    if (code >= 0x80 && code != mark && !unicode::is_whitespace(code)) return true;
    at += size;
  }
  return false;
}

std::size_t Chunks::next(std::uint32_t* ends, std::size_t capacity) {
  std::size_t count = 0;
  const auto end_at = [&](std::size_t place) {
    ends[count++] = static_cast<std::uint32_t>(place);
    begin_ = place;
  };
  while (count < capacity && begin_ < text_.size()) {
    if (place_ == begin_) place_ += utf8::length(static_cast<unsigned char>(text_[begin_]));
    if (place_ < text_.size() && joints_.by_pairs() && !is_between_ascii()) {
      count += cut_beyond_ascii(ends + count, capacity - count);
    } else if (find_end()) {
      end_at(place_);
    }
    if (place_ >= text_.size() && count < capacity && begin_ < text_.size()) end_at(text_.size());
  }
  return count;
}

// Goes to the next place that may be cut, or to one that is not between ASCII characters where pairs tell, or to the end.
bool Chunks::find_end() {
  const bool by_pairs = joints_.by_pairs();
  while (place_ < text_.size()) {
    const std::size_t block = place_ / 64;
    if (block != block_) {
      masks_ = joints_.windows().masks(text_, block * 64);
      block_ = block;
    }
    const std::uint64_t ahead = (masks_.ends | masks_.unsure) >> (place_ % 64);
    if (ahead == 0) {
      place_ = (block + 1) * 64;
      continue;
    }
    place_ += static_cast<std::size_t>(std::countr_zero(ahead));
    if (place_ >= text_.size()) break;
    const bool is_end = masks_.ends >> (place_ % 64) & 1;
    if (by_pairs) {
      if (!is_between_ascii()) return false;
      if (is_end || joints_.opens_between_ascii(text_[place_ - 1], text_[place_])) return true;
    } else if ((is_end && place_ + 1 < text_.size() && utf8::is_ascii(text_[place_ + 1])) || joints_.opens(text_, place_)) {
      return true;
    }
    ++place_;
  }
  return false;
}

// The ends at and between characters beyond ASCII, from `place_` to the next place between two ASCII characters.
std::size_t Chunks::cut_beyond_ascii(std::uint32_t* ends, std::size_t capacity) {
  std::size_t count = 0;
  char32_t left = utf8::decode_before(text_.data() + place_).code;
  while (place_ < text_.size()) {
    const auto [right, size] = utf8::decode(text_.data() + place_);
    if (left < 0x80 && right < 0x80) break;
    if (joints_.opens_between(left, right)) {
      ends[count++] = static_cast<std::uint32_t>(place_);
      begin_ = place_;
    }
    left = right;
    place_ += size;
    if (count == capacity) break;
  }
  return count;
}

}  // namespace polyvocab
