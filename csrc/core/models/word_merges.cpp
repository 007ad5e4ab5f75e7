#include "core/models/word_merges.h"

#include <algorithm>

namespace polyvocab {

MergeTables::MergeTables(const Derivations& derivations, const std::array<Number, 256>& bytes)
    : pairs(derivations.pairs()), bytes(bytes), pairs_of_bytes(256 * 256, no_pair), symbols(derivations.symbols()) {
  std::vector<std::size_t> byte_of(symbols);
  for (std::size_t byte = 0; byte < bytes.size(); ++byte) byte_of[bytes[byte]] = byte;
  derivations.for_each_pair([&](Derivations::Parts parts, Number made) {
    pairs.set(parts.left, parts.right, made);
    if (parts.left >= symbols || parts.right >= symbols) return;
    pairs_of_bytes[byte_of[parts.left] | byte_of[parts.right] << 8] = made_at(made, 0);
  });
}

void WordMerges::merge(std::span<const std::string_view> words, Words& out) const {
  static MergeWords* const kernel = avx512_merges() != nullptr ? avx512_merges()
                                    : avx2_merges() != nullptr ? avx2_merges()
                                                               : generic_merges();
  std::size_t bytes = 0;
  for (const std::string_view word : words) bytes += is_short(word) ? word.size() : 0;
  out.tokens.resize(bytes);
  out.counts.assign(words.size(), 0);
  std::array<MergedWord, merged_together> some;
  std::size_t at = 0, count = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_short(words[i])) continue;
    some[count++] = {words[i], &out.tokens[at], &out.counts[i]};
    at += words[i].size();
    if (count < some.size()) continue;
    kernel(tables_, some);
    count = 0;
  }
  kernel(tables_, {some.data(), count});
}

}  // namespace polyvocab
