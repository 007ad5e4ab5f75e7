// A small BPE: the ids of a word are those of merging its symbols pair by pair, the slow way.
#include <map>
#include <utility>

#include "laws.h"
#include "random_bpe.h"

using namespace polyvocab;

namespace {

constexpr std::string_view byte_letters[] = {"a", "b", "c", "1", "Ġ", "Ã", "©", "中"};

// Again and again the pair of the lowest rank, the leftmost of equals.
Encoded merge_slowly(Encoded symbols, const std::vector<Merge>& merges) {
  std::map<std::pair<TokenId, TokenId>, Merge> by_pair;
  for (const Merge& merge : merges) by_pair[{merge.left, merge.right}] = merge;
  auto& [ids, spans] = symbols;
  for (;;) {
    const Merge* best = nullptr;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto found = by_pair.find({ids[i], ids[i + 1]});
      if (found == by_pair.end() || (best != nullptr && found->second.rank >= best->rank)) continue;
      best = &found->second;
      at = i;
    }
    if (best == nullptr) return symbols;
    ids[at] = best->merged;
    spans[at].end = spans[at + 1].end;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    spans.erase(spans.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const bool in_bytes = input.ConsumeBool();
  const auto alphabet = in_bytes ? std::span<const std::string_view>(byte_letters) : std::span(fuzz::letters);
  const fuzz::RandomBpe random(input, alphabet, in_bytes ? Spelt::in_alphabet : Spelt::in_characters);
  const std::string word = fuzz::rest_as_text(input, fuzz::letters);
  if (word.empty()) return 0;
  const ModelPtr model = random.model(random.merges);
  const Encoded symbols = encoded(*random.model({}), word), found = encoded(*model, word);
  fuzz::require_spans(found, word.size());
  fuzz::require(found == merge_slowly(symbols, random.merges), "merging pair by pair gives the same tokens");
  fuzz::require_same_when_cached(model, word, found);
  fuzz::require_separable(*model, word, found);
  return 0;
}
