// A decoder of random parts: what is worked out in advance gives the text of running all parts over the strings.
#include <algorithm>
#include <optional>
#include <stdexcept>

#include "core/decoder/chain.h"
#include "core/decoder/stream.h"
#include "core/unicode/utf8.h"
#include "fuzz.h"
#include "patterns.h"
#include "vocabulary.h"

using namespace polyvocab;

namespace {

constexpr std::string_view pieces[] = {
    "a", "b", "é", "中", "▁", "▁a", "##", "##b", "</w>", "a</w>", "Ġ", "Ã", "©", "<0xC3>", "<0xA9>", "<0x61>",
    "<0xF0>", "<pad>", "|", " ", ".", " n't", "'", "🙂"};

DecoderPartPtr random_part(fuzz::Input& input) {
  const auto some = [&] { return fuzz::text_of(input, pieces, 0, 2); };
  switch (input.ConsumeIntegralInRange(0, 10)) {
    case 0: return byte_level_decoder();
    case 1: return byte_fallback_decoder();
    case 2: return fuse_decoder();
    case 3: return ctc_decoder(some(), some(), input.ConsumeBool());
    case 4: return metaspace_decoder(input.ConsumeBool() ? U'▁' : U'a', input.ConsumeBool());
    case 5: return word_piece_decoder(some(), input.ConsumeBool());
    case 6: return bpe_decoder(some());
    case 7: {
      const std::size_t start = input.ConsumeIntegralInRange(0, 3), stop = input.ConsumeIntegralInRange(0, 3);
      return strip_decoder(input.ConsumeBool() ? U' ' : U'é', start, stop);
    }
    case 8: return replace_text_decoder(some(), some());
    case 9: return replace_pattern_decoder(fuzz::pattern(input), some());
    default: return join_by_space();
  }
}

// Empty where a part refuses a token.
template <class Decode>
std::optional<std::string> try_decode(Decode&& decode) {
  try {
    return decode();
  } catch (const std::invalid_argument&) {
    return {};
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  std::vector<DecoderPartPtr> parts;
  for (int count = input.ConsumeIntegralInRange(0, 4); count > 0; --count) parts.push_back(random_part(input));
  std::vector<std::string> tokens;
  constexpr TokenKind all_kinds[] = {TokenKind::ordinary, TokenKind::ordinary, TokenKind::ordinary, TokenKind::special,
                                     TokenKind::absent};
  std::vector<TokenKind> kinds;
  for (int count = input.ConsumeIntegralInRange(1, 30); count > 0; --count) {
    tokens.push_back(fuzz::text_of(input, pieces, 0, 5));
    kinds.push_back(all_kinds[input.ConsumeIntegralInRange<std::size_t>(0, 4)]);
  }
  const bool skip_special_tokens = input.ConsumeBool();
  std::vector<TokenId> ids;
  std::vector<std::string> strings;
  while (input.remaining_bytes() > 0) {
    ids.push_back(input.ConsumeIntegralInRange<TokenId>(0, static_cast<TokenId>(tokens.size())));
    const TokenId id = ids.back();
    if (id == tokens.size() || kinds[id] == TokenKind::absent) continue;
    if (kinds[id] != TokenKind::special || !skip_special_tokens) strings.push_back(tokens[id]);
  }
  const ChainDecoder decoder(parts, Vocabulary(tokens).strings(), kinds);
  const auto expected = try_decode([&] { return run_decoders(parts, strings); });
  const auto found = try_decode([&] {
    TextBuffer out;
    out.append("before");
    decoder.decode(ids, skip_special_tokens, out);
    return std::string(out.from(6));
  });
  fuzz::require(found == expected, "what is worked out in advance is what the parts give");
  fuzz::require(!found || utf8::first_invalid(*found) == std::string::npos, "a text is valid UTF-8");
  DecodeStream stream(skip_special_tokens);
  ids.resize(std::min<std::size_t>(ids.size(), 32));  // as long as a text may change, every step decodes all of them
  try_decode([&] {
    for (const TokenId& id : ids) stream.step(decoder, {&id, 1});
    return std::string();
  });
  return 0;
}
