#include "core/models/double_array.h"
#include "core/trim/collect_parts.h"

namespace polyvocab {

TokenParts wordpiece_parts(Strings tokens, std::span<const TokenId> ids, std::optional<TokenId> unknown,
                           std::string_view prefix, TokenId size, int threads) {
  const DoubleArray trie(tokens);
  const std::uint32_t continuation = trie.find(prefix).children;
  return collect_parts(ids, size, threads, [&] {
    return [&](std::size_t i, std::vector<TokenId>& parts) {
      std::string_view text = tokens[i];
      if (unknown == ids[i]) return TokenKind::symbol;
      if (text.empty() || trie.find(text).key() != i + 1) return TokenKind::never;
      const bool inside = !prefix.empty() && text.size() > prefix.size() && text.starts_with(prefix);
      if (inside) text.remove_prefix(prefix.size());
      const std::size_t before = parts.size();
      std::uint32_t children = inside ? continuation : trie.root();
      for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end, children = continuation) {
        std::uint32_t key = 0;
        for (std::size_t at = begin; at < text.size();) {
          const auto byte = static_cast<unsigned char>(text[at++]);
          const auto unit = trie.child(children, byte);
          if (!unit.is(byte)) break;
          children = unit.children;
          if (unit.key() == 0 || unit.key() == i + 1) continue;
          key = unit.key();
          end = at;
        }
        if (key == 0) {
          parts.resize(before);
          if (unknown) parts.push_back(*unknown);
          break;
        }
        parts.push_back(ids[key - 1]);
      }
      return parts.size() == before ? TokenKind::symbol : TokenKind::made;
    };
  });
}

}  // namespace polyvocab
