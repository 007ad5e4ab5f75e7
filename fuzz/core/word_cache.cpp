// Runs of words that are put into a cache and looked for: what is found for a word was put in for it, and a word is known right
// after it was put in.
#include <algorithm>
#include <set>

#include "core/tokenizer/word_cache.h"
#include "fuzz.h"

using namespace polyvocab;

namespace {

using Ids = std::vector<TokenId>;

// Words of the same length differ in one place alone, at their end or at their beginning.
std::string word_of(std::uint32_t number, std::size_t length, bool at_end) {
  std::string word(length, 'a');
  const std::size_t digits = std::min<std::size_t>(length, 4);
  for (std::size_t i = 0; i < digits; ++i, number >>= 8) {
    word[at_end ? length - 1 - i : i] = static_cast<char>(static_cast<unsigned char>(number));
  }
  return word;
}

// So many for some that the block of ids is soon full.
constexpr std::size_t huge_length = 200;

Ids ids_of(const std::string& word) {
  const std::uint64_t hash = hash_bytes(word);
  return Ids(word.size() == huge_length ? 2'000'000 : hash % 20, static_cast<TokenId>(hash >> 32));
}

bool is_short(std::string_view word) { return word.size() <= ShortWord::most_bytes; }

void insert(WordCache& cache, const std::string& word, const Ids& ids) {
  if (!is_short(word)) return cache.insert(word, hash_bytes(word), ids);
  const auto key = ShortWord::of(word.data(), word.size(), false);
  cache.insert(key, key.hash(), ids);
}

// Null where the word is not known. A short word may be where a quicker look finds it.
const TokenId* find(WordCache& cache, const std::string& word, std::size_t& count) {
  WordCache::Found found{};
  if (is_short(word)) {
    const auto key = ShortWord::of(word.data(), word.size(), false);
    found = cache.find(key, key.hash());
    TokenId copied[4];
    const int quick = cache.copy(key, key.hash(), copied);
    fuzz::require(quick < 0 || std::ranges::equal(std::span(copied, static_cast<std::size_t>(quick)),
                                                  std::span(found.ids, found.count)),
                  "both ways find the same ids");
  } else {
    found = cache.find(word, hash_bytes(word));
  }
  count = found.count;
  return found.ids;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  WordCache cache;
  std::set<std::string> known;
  std::size_t words = 0;
  while (input.remaining_bytes() > 0 && words < 3000) {
    const bool is_new = input.ConsumeBool(), at_end = input.ConsumeBool();
    const auto length = input.ConsumeIntegralInRange<std::size_t>(1, WordCache::most_bytes);
    const auto first = input.ConsumeIntegral<std::uint16_t>();
    const auto run = length == huge_length ? 1 : input.ConsumeIntegralInRange<std::uint32_t>(1, 1500);
    for (std::uint32_t i = 0; i < run; ++i, ++words) {
      const std::string word = word_of(first + i, length, at_end);
      const Ids ids = ids_of(word);
      std::size_t count = 0;
      const TokenId* found = find(cache, word, count);
      if (found == nullptr && is_new) {
        insert(cache, word, ids);
        known.insert(word);
        found = find(cache, word, count);
        fuzz::require(found != nullptr, "a word is known at once");
      }
      if (found == nullptr) continue;
      fuzz::require(known.contains(word), "a word that is found was put in");
      fuzz::require(std::ranges::equal(std::span(found, count), ids), "a word has the ids that were put in for it");
    }
  }
  return 0;
}
