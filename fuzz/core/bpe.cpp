// A small BPE: the ids of a word are those of merging its symbols pair by pair, the slow way.
#include "laws.h"
#include "random_bpe.h"
#include "slow_merges.h"

using namespace polyvocab;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const bool in_bytes = input.ConsumeBool();
  const auto alphabet = in_bytes ? std::span<const std::string_view>(fuzz::byte_letters) : std::span(fuzz::letters);
  const fuzz::RandomBpe random(input, alphabet, in_bytes ? Spelt::in_alphabet : Spelt::in_characters);
  const std::string word = random.word(input, 800);
  if (word.empty()) return 0;
  const ModelPtr model = random.model(random.merges);
  const Encoded symbols = encoded(*random.model({}), word), found = encoded(*model, word);
  fuzz::require_spans(found, word.size());
  fuzz::require(found == fuzz::merge_slowly(symbols, random.merges), "merging pair by pair gives the same tokens");
  fuzz::require_same_when_cached(model, word, found);
  fuzz::require_separable(*model, word, found);
  return 0;
}
