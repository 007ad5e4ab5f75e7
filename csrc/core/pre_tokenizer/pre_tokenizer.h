// The pre-tokenizers: where a normalized text is cut into the words that the model sees. One component, one file.
//
// Promises: the pieces and the alignment that Hugging Face `tokenizers` gives for the component of the same name.
// ByteLevel leaves bytes as they are (its 256 characters are another spelling of them, which the model undoes when it is
// built); so nothing may follow it in a sequence. Thread safe: a pre-tokenizer is immutable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/normalizer/text.h"

namespace polyvocab {

class Splitter;

// How a pre-tokenizer cuts that does nothing else: into the matches of a pattern and what lies between them.
struct Pattern {
  const Splitter* splitter;  // null: the text is one piece
  bool prefix_space;         // a text that does not begin with a space gets one
};

enum class Joint {
  apart,     // a piece ends there in any text; a text may be cut there
  open,      // no piece need end there, but a text may be cut there for all that it does
  together,  // the two sides must be seen together
};

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Cuts each piece (a range of text.bytes; in order, disjoint, not empty) further; may rewrite the text, its alignment
  // and the ranges. Pieces that would be empty are left out.
  virtual void cut(Text& text, std::vector<Span>& pieces) const = 0;

  // Whether the text must be aligned for the pieces to be right, also where no one asks for offsets: Metaspace looks at where
  // in the document a piece begins, which a text that was `rewritten` no longer tells.
  virtual bool needs_alignment(bool /*rewritten*/) const { return false; }

  virtual std::optional<Pattern> as_pattern() const { return {}; }

  // What follows is for cutting a text before it comes here (tokenizer/joints.h). `right` is ASCII; beyond ASCII all `left`
  // that are no white space are alike.

  // What a place between two characters is to it.
  virtual Joint joint(char32_t /*left*/, char32_t /*right*/) const { return Joint::together; }
  // What it makes of a character, where it makes one of one.
  virtual char32_t image(char32_t code) const { return code; }
  // Whether `joint` and `image` hold for these two characters alone, whatever they are.
  virtual bool tells_pairs() const { return false; }
  // What it does to a part that does not begin the text; empty: the same as to a whole text.
  virtual std::optional<std::shared_ptr<const PreTokenizer>> part(bool /*begins*/) const { return {}; }
};

using PreTokenizerPtr = std::shared_ptr<const PreTokenizer>;

enum class Behavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };
enum class Prepend { always, first, never };

PreTokenizerPtr byte_level(bool add_prefix_space, std::shared_ptr<const Splitter> pattern);  // nullptr: use_regex is false
PreTokenizerPtr metaspace(char32_t replacement, Prepend scheme, bool split);
PreTokenizerPtr split_pattern(std::shared_ptr<const Splitter> pattern, Behavior behavior, bool invert);
PreTokenizerPtr split_text(std::string what, Behavior behavior, bool invert);
PreTokenizerPtr digits(bool individual);
PreTokenizerPtr whitespace();
PreTokenizerPtr whitespace_split();
PreTokenizerPtr punctuation(Behavior behavior);
PreTokenizerPtr bert_pre_tokenizer();
PreTokenizerPtr unicode_scripts();
PreTokenizerPtr char_delimiter_split(char32_t delimiter);
PreTokenizerPtr fixed_length(std::size_t characters);
PreTokenizerPtr pre_tokenizer_sequence(std::vector<PreTokenizerPtr> parts);

// `pre_tokenizer` for a part of a text; null stays null.
PreTokenizerPtr part_of(const PreTokenizerPtr& pre_tokenizer, bool begins);

}  // namespace polyvocab
