// A small BPE and a word that is longer than what is merged at once: its ids are those of merging all of it.
#include "laws.h"
#include "random_bpe.h"
#include "slow_merges.h"

using namespace polyvocab;

namespace {

// Symbols of one to four bytes: more than the first window of 4096, and most often more than one step beyond it.
constexpr std::size_t most_bytes = 20000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const bool in_bytes = input.ConsumeBool();
  const auto alphabet = in_bytes ? std::span<const std::string_view>(fuzz::byte_letters) : std::span(fuzz::letters);
  const fuzz::RandomBpe random(input, alphabet, in_bytes ? Spelt::in_alphabet : Spelt::in_characters);
  // Runs of a short text, each repeated often, so that no place to cut is found where they are alike.
  std::string word;
  while (input.remaining_bytes() > 0 && word.size() < most_bytes) {
    const int times = input.ConsumeIntegral<std::uint16_t>() % 3000 + 1;
    const std::string text = random.word(input, input.ConsumeIntegralInRange(1, 20));
    for (int i = 0; i < times && word.size() < most_bytes; ++i) word += text;
  }
  if (word.empty()) return 0;
  const ModelPtr model = random.model(random.merges);
  const Encoded found = encoded(*model, word);
  fuzz::require_spans(found, word.size());
  fuzz::require(found == fuzz::merge_slowly(encoded(*random.model({}), word), random.merges), "all of it is merged alike");
  return 0;
}
