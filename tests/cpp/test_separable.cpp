#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/models/bpe.h"
#include "parts.h"

using namespace polyvocab;

TEST_CASE("a word that is cut where its BPE allows it has the ids of the whole") {
  std::mt19937 random(3);
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::vector<std::string> letters{"a", "b", "c", "▁", "é", "中"};
  std::size_t cuts = 0;
  for (int round = 0; round < 80; ++round) {
    std::vector<std::string> tokens{"<unk>"};
    for (const auto& letter : letters) {
      if (pick(4) > 0) tokens.push_back(letter);
    }
    if (tokens.size() < 2) continue;
    BpeOptions options{.unknown = pick(3) > 0 ? std::optional<TokenId>(0) : std::nullopt, .fuse_unknown = pick(2) == 0,
                       .byte_fallback = pick(2) == 0, .ignore_merges = pick(8) == 0};
    if (options.byte_fallback) {
      for (const char* name : {"<0xC3>", "<0xA9>", "<0x61>", "<0xE4>", "<0xB8>"}) tokens.emplace_back(name);
    }
    std::vector<Merge> merges;
    for (std::uint32_t rank = 0; rank < 6; ++rank) {
      const auto left = static_cast<TokenId>(1 + pick(tokens.size() - 1));
      const auto right = static_cast<TokenId>(1 + pick(tokens.size() - 1));
      const std::string both = tokens[left] + tokens[right];
      if (std::ranges::find(tokens, both) != tokens.end()) continue;
      merges.push_back({left, right, static_cast<TokenId>(tokens.size()), rank});
      tokens.push_back(both);
    }
    std::string bytes;
    std::vector<std::uint64_t> offsets{0};
    std::vector<TokenId> all;
    for (const auto& token : tokens) {
      bytes += token;
      offsets.push_back(bytes.size());
      all.push_back(static_cast<TokenId>(all.size()));
    }
    const auto model = bpe({bytes, offsets.data(), tokens.size()}, all, merges, options);
    for (int i = 0; i < 40; ++i) {
      std::string word;
      for (std::size_t n = 1 + pick(30); n > 0; --n) word += letters[pick(letters.size())];
      CHECK(ids_of_parts(*model, word, cuts) == ids(*model, word));
    }
  }
  CHECK(cuts > 1000);
}
