#include <doctest/doctest.h>

#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/tokenizer/word_cache.h"

using namespace polyvocab;

namespace {

using Known = std::unordered_map<std::string, std::vector<TokenId>>;

std::string random_word(std::mt19937& random, std::size_t longest) {
  std::string word;
  for (std::size_t n = 1 + random() % longest; n > 0; --n) word += static_cast<char>('a' + random() % 26);
  return word;
}

void insert(WordCache& cache, const std::string& word, const std::vector<TokenId>& ids) {
  if (word.size() <= ShortWord::most_bytes) {
    const auto key = ShortWord::of(word.data(), word.size(), false);
    cache.insert(key, key.hash(), ids);
  } else {
    cache.insert(word, hash_bytes(word), ids);
  }
}

// What the cache knows of a word, found both ways where there are two.
std::optional<std::vector<TokenId>> find(WordCache& cache, const std::string& word) {
  WordCache::Found found{};
  if (word.size() <= ShortWord::most_bytes) {
    const auto key = ShortWord::of(word.data(), word.size(), false);
    found = cache.find(key, key.hash());
    TokenId copied[4];
    if (const int count = cache.copy(key, key.hash(), copied); count >= 0) {
      CHECK(std::vector<TokenId>(copied, copied + count) == std::vector<TokenId>(found.ids, found.ids + found.count));
    }
  } else {
    found = cache.find(word, hash_bytes(word));
  }
  if (found.ids == nullptr) return std::nullopt;
  return std::vector<TokenId>(found.ids, found.ids + found.count);
}

}  // namespace

TEST_CASE("a word has the ids that were put in for it, and nearly all words are kept") {
  std::mt19937 random(5);
  WordCache cache;
  Known known;
  for (int i = 0; i < 60000; ++i) {
    std::string word = random_word(random, i % 5 == 0 ? WordCache::most_bytes : 20);
    if (known.contains(word)) continue;
    std::vector<TokenId> ids(random() % 9);
    for (TokenId& id : ids) id = static_cast<TokenId>(random());
    insert(cache, word, ids);
    known.emplace(std::move(word), std::move(ids));
  }
  std::size_t lost = 0;
  for (int round = 0; round < 3; ++round) {
    for (const auto& [word, ids] : known) {
      const auto found = find(cache, word);
      if (!found) ++lost;
      else CHECK(*found == ids);
    }
  }
  CHECK(lost * 100 < known.size() * 3);  // one in a hundred, over the three rounds
  CHECK_FALSE(find(cache, "never put in").has_value());
  CHECK_FALSE(find(cache, "never put in, and long besides").has_value());
}
