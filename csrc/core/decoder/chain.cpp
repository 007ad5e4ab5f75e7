#include "core/decoder/chain.h"

namespace polyvocab {

ChainDecoder::ChainDecoder(std::vector<DecoderPartPtr> parts, const Strings& strings, std::span<const TokenKind> kinds)
    : parts_(std::move(parts)), tokens_(std::make_shared<TokenStrings>(strings, kinds)),
      precomputed_(PrecomputedDecoder::make(parts_, tokens_)) {}

void ChainDecoder::decode(std::span<const TokenId> ids, bool skip_special_tokens, TextBuffer& out) const {
  if (precomputed_) return precomputed_->decode(ids, skip_special_tokens, out);
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const TokenId id : ids) {
    if (const auto token = tokens_->find(id, skip_special_tokens)) tokens.emplace_back(*token);
  }
  out.append(run_decoders(parts_, std::move(tokens)));
}

}  // namespace polyvocab
