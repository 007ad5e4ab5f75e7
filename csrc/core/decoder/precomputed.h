// A chain of decoders, worked out for every token in advance: to decode is to copy one piece of text after the other.
//
// Promises: the text that running the chain over the strings gives (run_decoders).
// Does not: exist for every chain. It needs one that rewrites tokens by themselves, then joins them (as ByteLevel,
// ByteFallback, Fuse or nothing does); what comes after a join is run over the whole text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decoder/part.h"
#include "core/decoder/token_strings.h"

namespace polyvocab {

class PrecomputedDecoder {
 public:
  // Nothing where the chain is of another form, or does not accept some token.
  static std::optional<PrecomputedDecoder> make(std::span<const DecoderPartPtr> parts,
                                                std::shared_ptr<const TokenStrings> tokens);

  void decode(std::span<const TokenId> ids, bool skip_special_tokens, std::string& text) const;

 private:
  enum class Join { plain, byte_fallback, byte_level };

  // A token's text, most often in place. Copied as a whole: what lies behind the text is overwritten by the next one.
  struct alignas(16) Piece {
    static constexpr std::size_t room = 14;
    char bytes[room];  // or where `far`: the offset (64 bits) and the size (32 bits) in far_
    std::uint8_t size;
    std::uint8_t flags;
  };
  enum Flag : std::uint8_t {
    absent = 1,
    special = 2,
    far = 4,
    fragment = 8,  // bytes that may be text only together with those of the fragments next to it
  };
  class Writer;

  PrecomputedDecoder() = default;
  bool depends_on_place() const;
  bool rewrite(std::string_view token, bool first, bool last, std::string& bytes) const;
  Piece piece(std::size_t id, std::string& buffer);
  std::string_view text_of(const Piece& piece) const;
  void write_all(std::span<const TokenId> ids, bool skip_special_tokens, Writer& writer) const;
  void write_one(TokenId id, bool first, bool last, Writer& writer) const;

  std::shared_ptr<const TokenStrings> tokens_;
  std::vector<std::shared_ptr<const TokenPart>> token_parts_;
  Join join_ = Join::plain;
  std::vector<DecoderPartPtr> text_parts_;
  std::vector<Piece> pieces_;  // of tokens that are neither first nor last
  std::string far_;            // texts that do not fit into a piece
};

}  // namespace polyvocab
