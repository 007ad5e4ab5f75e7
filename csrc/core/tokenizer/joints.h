// Where a text may be cut before it is normalized, so that each chunk can be encoded, and remembered, by itself.
//
// Promises: the ids of the chunks, each encoded by `part`s of the pipeline, one after the other, are the ids of the text.
// Derived from what each component says of pairs of neighbouring characters; a pipeline of which nothing is known is never cut.
// Thread safe: immutable.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/models/adjacency.h"
#include "core/models/model.h"
#include "core/normalizer/normalizer.h"
#include "core/pre_tokenizer/pre_tokenizer.h"
#include "core/splitter/windows.h"

namespace polyvocab {

class Joints {
 public:
  // Empty where no place of any text may be cut. `model` must live as long.
  static std::optional<Joints> of(const NormalizerPtr& normalizer, const PreTokenizerPtr& pre_tokenizer, const Model& model);

  // Whether `text` may be cut before the byte `place`, which is inside it.
  bool opens(std::string_view text, std::size_t place) const;

  // Whether all places are told by the two characters at them, whatever these are.
  bool by_pairs() const { return adjacent_ != nullptr; }
  inline bool opens_between(char32_t left, char32_t right) const;
  bool opens_between_ascii(char left, char right) const {
    return ascii_[static_cast<unsigned char>(left)][static_cast<unsigned char>(right)];
  }

  // In ASCII: what stays something, whatever the pipeline does.
  static bool is_letter_or_digit(char byte);

  // Whether a part surely becomes something that is more than white space.
  bool stays_solid(std::string_view part) const;

  const Windows& windows() const { return windows_; }

 private:
  // Kinds of ASCII characters; the last one stands for all others.
  static constexpr unsigned kinds = Windows::few;
  using Pairs = std::array<std::array<Windows::Between, kinds>, kinds>;

  // For each ASCII character, those that a text may be cut before behind it.
  using AsciiPairs = std::array<std::bitset<128>, 128>;

  Joints(const Pairs& pairs, const AsciiPairs& ascii, std::vector<NormalizerPtr> steps, bool needs_solid);

  Pairs pairs_;
  AsciiPairs ascii_;
  Windows windows_;
  std::vector<NormalizerPtr> steps_;
  bool needs_solid_;  // after a character beyond ASCII: only where the normal text there ends in no white space

  // Where places are told by pairs: what each ASCII character becomes, and who is asked about those beyond ASCII.
  std::array<char32_t, 128> images_{};
  PreTokenizerPtr pre_tokenizer_;
  const Adjacency* adjacent_ = nullptr;

  bool opens_after(std::string_view head) const;
  bool opens_beside_ascii(char32_t left, char32_t right) const;
};

// The chunks of a text.
class Chunks {
 public:
  Chunks(const Joints& joints, std::string_view text) : joints_(joints), text_(text) {}

  // Writes the ends of the next chunks, at most `capacity`; 0 when the text is done.
  std::size_t next(std::uint32_t* ends, std::size_t capacity);

 private:
  const Joints& joints_;
  std::string_view text_;
  std::size_t begin_ = 0, place_ = 0;  // of the next chunk; the next place to look at
  std::size_t block_ = SIZE_MAX;
  Windows::Masks masks_{};

  bool find_end();
  std::size_t cut_beyond_ascii(std::uint32_t* ends, std::size_t capacity);
  bool is_between_ascii() const { return utf8::is_ascii(text_[place_ - 1]) && utf8::is_ascii(text_[place_]); }
};

}  // namespace polyvocab
