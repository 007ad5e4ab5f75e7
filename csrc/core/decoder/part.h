// The decoders: how the strings of tokens become text. One component, one part; a Sequence is the list of its parts.
//
// Promises: the strings that Hugging Face `tokenizers` gives for the component of the same name.
// Expects: valid UTF-8. Thread safe: a part is immutable.
// Does not: know ids. Where the reference panics (a Strip that cuts more than there is), std::invalid_argument is thrown.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace polyvocab {

class Splitter;

class DecoderPart {
 public:
  // What a part looks at; by this a chain is worked out in advance (see PrecomputedDecoder).
  enum class Scope {
    token,          // each token by itself: a TokenPart
    byte_fallback,  // runs of tokens such as <0x0A>
    byte_level,     // all tokens: one string of the bytes that their characters stand for
    fuse,           // all tokens: one string
    neighbours,     // anything else
  };
  virtual ~DecoderPart() = default;
  virtual Scope scope() const = 0;
  virtual void apply(std::vector<std::string>& tokens) const = 0;
};

// A part that rewrites each token by itself, knowing at most whether it is the first or the last one.
class TokenPart : public DecoderPart {
 public:
  Scope scope() const final { return Scope::token; }
  void apply(std::vector<std::string>& tokens) const final;
  virtual void rewrite(std::string& token, bool first, bool last) const = 0;
  virtual bool depends_on_place() const { return false; }
};

using DecoderPartPtr = std::shared_ptr<const DecoderPart>;

DecoderPartPtr byte_level_decoder();
DecoderPartPtr byte_fallback_decoder();
DecoderPartPtr fuse_decoder();
DecoderPartPtr ctc_decoder(std::string pad_token, std::string word_delimiter, bool cleanup);
DecoderPartPtr metaspace_decoder(char32_t replacement, bool prepended);  // prepended: the scheme is not "never"
DecoderPartPtr word_piece_decoder(std::string prefix, bool cleanup);
DecoderPartPtr bpe_decoder(std::string suffix);
DecoderPartPtr strip_decoder(char32_t content, std::size_t start, std::size_t stop);
DecoderPartPtr replace_text_decoder(std::string what, std::string by);
DecoderPartPtr replace_pattern_decoder(std::shared_ptr<const Splitter> pattern, std::string by);
// What a tokenizer without a decoder does: a space between all tokens.
DecoderPartPtr join_by_space();

// The chain, run part after part over the strings, and the strings that are left joined.
std::string run_decoders(std::span<const DecoderPartPtr> parts, std::vector<std::string> tokens);

}  // namespace polyvocab
