// A chain of decoders, worked out for every token in advance: to decode is to copy one piece of text after the other.
//
// Promises: the text that running the chain over the strings gives (run_decoders).
// Does not: exist for every chain. It needs one that rewrites tokens by themselves, then joins them (as ByteLevel,
// ByteFallback, Fuse or nothing does); what comes after a join is run over the whole text.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decoder/part.h"
#include "core/decoder/token_strings.h"
#include "core/decoder/token_texts.h"

namespace polyvocab {

class PrecomputedDecoder {
 public:
  // Nothing where the chain is of another form, or does not accept some token.
  static std::optional<PrecomputedDecoder> make(std::span<const DecoderPartPtr> parts,
                                                std::shared_ptr<const TokenStrings> tokens);

  void decode(std::span<const TokenId> ids, bool skip_special_tokens, TextBuffer& out) const;

 private:
  enum class Join { plain, byte_fallback, byte_level };

  PrecomputedDecoder() = default;
  std::uint8_t rewrite(std::string_view token, bool first, bool last, std::string& bytes) const;
  void work_out(TokenId id, std::string& buffer);
  template <class Writer>
  void write(std::span<const TokenId> ids, bool skip_special_tokens, Writer& writer) const;

  std::shared_ptr<const TokenStrings> tokens_;
  std::vector<std::shared_ptr<const TokenPart>> token_parts_;
  bool depends_on_place_ = false;  // some part does
  Join join_ = Join::plain;
  std::vector<DecoderPartPtr> text_parts_;
  TokenTexts texts_;  // of tokens that are neither first nor last
};

}  // namespace polyvocab
