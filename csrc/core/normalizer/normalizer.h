// The normalizers: what is done to a text before it is cut into words. One component, one file.
//
// Promises: the bytes and the alignment that Hugging Face `tokenizers` gives for the component of the same name.
// Expects: valid UTF-8. Thread safe: a normalizer is immutable.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/normalizer/text.h"

namespace polyvocab {

class Splitter;

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void normalize(Text& text) const = 0;

  // True where the text certainly stays as it is, so that it need not be copied.
  virtual bool leaves(std::string_view /*text*/) const { return false; }

  // What follows is for cutting a text before it is normalized (tokenizer/joints.h).

  // Whether the two sides of a place must be seen together. False promises that normalizing the parts of a text that is cut
  // between the two characters gives the parts of the normal text. `right` is ASCII. Beyond ASCII all `left` that are no
  // white space are alike.
  virtual bool joins(char32_t /*left*/, char32_t /*right*/) const { return true; }
  // The characters that a text may end with (or begin with) once it is normalized, if it ended (began) with one of these.
  // `nothing`: also with what stands further inside.
  static constexpr char32_t nothing = 0xFFFFFFFF;
  virtual void becomes(std::vector<char32_t>& characters, bool at_end) const;
  // Whether a text may be cut after `head`, which ends with a character beyond ASCII, where `joins` allows it.
  virtual bool opens_after(std::string_view /*head*/) const { return true; }
  virtual bool always_opens() const { return true; }  // `opens_after` is true whatever it is asked
  // Whether a text that ends with `head` still ends, once it is normalized, with a character that is no white space.
  virtual bool ends_solid(std::string_view /*head*/) const { return false; }
  // Whether all that it does is to put other characters in the place of some ASCII characters, one for one.
  virtual bool maps_ascii_alone() const { return false; }
  // What it does to a part that does not begin, or does not end, the text; empty: the same as to a whole text.
  virtual std::optional<std::shared_ptr<const Normalizer>> part(bool /*begins*/, bool /*ends*/) const { return {}; }
  // Of a sequence: its parts.
  virtual std::span<const std::shared_ptr<const Normalizer>> steps() const { return {}; }
};

using NormalizerPtr = std::shared_ptr<const Normalizer>;

enum class Form { nfc, nfd, nfkc, nfkd };

NormalizerPtr unicode_form(Form form);
NormalizerPtr lowercase();
NormalizerPtr strip_accents();
NormalizerPtr nmt();
NormalizerPtr strip(bool left, bool right);
NormalizerPtr prepend(std::string what);
NormalizerPtr replace_text(std::string what, std::string by);
NormalizerPtr replace_pattern(std::shared_ptr<const Splitter> pattern, std::string by);
NormalizerPtr bert(bool clean_text, bool handle_chinese_chars, bool strip_accents, bool lowercase);
// SentencePiece's charsmap, as it lies in the file: [u32 size of the trie in bytes][double array][strings, each ended by NUL].
// Throws std::invalid_argument with what is wrong with the blob.
NormalizerPtr precompiled(std::string charsmap);
NormalizerPtr normalizer_sequence(std::vector<NormalizerPtr> parts);

// `normalizer` for a part of a text; null stays null, and may come where nothing is left to do.
NormalizerPtr part_of(const NormalizerPtr& normalizer, bool begins, bool ends);
// The normalizers that it applies one after the other.
std::vector<NormalizerPtr> steps_of(const NormalizerPtr& normalizer);

}  // namespace polyvocab
