#include <doctest/doctest.h>

#include <algorithm>
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

TEST_CASE("a word that is awaited is found with what it is called, until its ids are there") {
  std::mt19937 random(9);
  WordCache cache;
  Known known;
  std::size_t awaited = 0;
  const auto look = [&](const std::string& word) {
    const auto key = ShortWord::of(word.data(), std::min(word.size(), ShortWord::most_bytes), false);
    return word.size() <= ShortWord::most_bytes ? cache.find(key, key.hash()) : cache.find(word, hash_bytes(word));
  };
  for (int batch = 0; batch < 3000; ++batch) {
    std::vector<std::string> words;
    for (int i = 0; i < 50; ++i) {
      std::string word = random_word(random, i % 5 == 0 ? 60 : 3);
      const auto found = look(word);
      if (found.ids != nullptr) {
        CHECK(std::vector<TokenId>(found.ids, found.ids + found.count) == known.at(word));
        continue;
      }
      if (found.awaited < words.size() && words[found.awaited] == word) {
        ++awaited;
        continue;
      }
      const auto key = ShortWord::of(word.data(), std::min(word.size(), ShortWord::most_bytes), false);
      const auto which = static_cast<std::uint32_t>(words.size());
      if (word.size() <= ShortWord::most_bytes) cache.await(key, key.hash(), which);
      else cache.await(word, hash_bytes(word), which);
      words.push_back(std::move(word));
    }
    for (const std::string& word : words) {
      auto& ids = known[word];
      if (ids.empty()) ids.assign(1 + random() % 8, static_cast<TokenId>(random()));
      insert(cache, word, ids);
      CHECK(find(cache, word) == ids);
    }
  }
  CHECK(awaited > 20);
}
