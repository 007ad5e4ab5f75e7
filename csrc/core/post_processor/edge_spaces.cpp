#include "core/post_processor/edge_spaces.h"

#include <algorithm>

#include "core/unicode/properties.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

bool is_space(char32_t code) { return code == 0x120 || unicode::is_whitespace(code); }

void trim(Span& span, EdgeSpaces spaces, bool first, bool add_prefix_space) {
  if (spaces.leading > 0) {
    const bool was_added = add_prefix_space && spaces.leading == 1 && (first || span.begin == 0);
    const std::uint64_t begin = std::uint64_t{span.begin} + (was_added ? 0 : spaces.leading);
    span.begin = static_cast<std::uint32_t>(std::min<std::uint64_t>(begin, span.end));
  }
  if (spaces.trailing > 0 && span.end >= spaces.trailing) span.end = std::max(span.end - spaces.trailing, span.begin);
}

void trim_one(Encoding& encoding, bool add_prefix_space, std::span<const EdgeSpaces> by_id) {
  auto surface = encoding.surfaces.begin();
  for (std::size_t i = 0; i < encoding.size(); ++i) {
    const TokenId id = encoding.ids[i];
    EdgeSpaces spaces = id < by_id.size() ? by_id[id] : EdgeSpaces{};
    if (surface != encoding.surfaces.end() && surface->token == i) spaces = edge_spaces((surface++)->string);
    trim(encoding.spans[i], spaces, i == 0, add_prefix_space);
  }
}

}  // namespace

EdgeSpaces edge_spaces(std::string_view token) {
  EdgeSpaces spaces;
  bool leading = true;
  for (std::size_t at = 0; at < token.size();) {
    const auto [code, size] = utf8::decode(token.data() + at);
    at += size;
    const bool space = is_space(code);
    leading = leading && space;
    if (leading) ++spaces.leading;
    spaces.trailing = space ? spaces.trailing + 1 : 0;
  }
  return spaces;
}

void trim_offsets(Encoding& encoding, bool add_prefix_space, std::span<const EdgeSpaces> by_id) {
  trim_one(encoding, add_prefix_space, by_id);
  for (Encoding& piece : encoding.overflowing) trim_one(piece, add_prefix_space, by_id);
}

}  // namespace polyvocab
