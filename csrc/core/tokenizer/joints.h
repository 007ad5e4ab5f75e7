// Where a text may be cut before it is normalized, so that each chunk can be encoded, and remembered, by itself.
//
// Promises: the ids of the chunks, each encoded by `part`s of the pipeline, one after the other, are the ids of the text.
// Derived from what each component says of pairs of neighbouring characters; a pipeline of which nothing is known is never cut.
// Thread safe: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/models/model.h"
#include "core/normalizer/normalizer.h"
#include "core/pre_tokenizer/pre_tokenizer.h"
#include "core/splitter/windows.h"

namespace polyvocab {

class Joints {
 public:
  // Empty where no place of any text may be cut.
  static std::optional<Joints> of(const NormalizerPtr& normalizer, const PreTokenizerPtr& pre_tokenizer, const Model& model);

  // Whether `text` may be cut before the byte `place`, which is inside it.
  bool opens(std::string_view text, std::size_t place) const;

  const Windows& windows() const { return windows_; }

 private:
  // Kinds of ASCII characters; the last one stands for all others.
  static constexpr unsigned kinds = Windows::kinds_limit;
  using Pairs = std::array<std::array<Windows::Between, kinds>, kinds>;

  Joints(const Pairs& pairs, std::vector<NormalizerPtr> steps, bool needs_solid);

  Pairs pairs_;
  Windows windows_;
  std::vector<NormalizerPtr> steps_;
  bool needs_solid_;  // after a character beyond ASCII: only where the normal text there ends in no white space

  bool opens_after(std::string_view head) const;
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
  std::size_t at_ = 0;
  std::size_t block_ = SIZE_MAX;
  Windows::Masks masks_{};

  std::size_t chunk_end();
};

}  // namespace polyvocab
