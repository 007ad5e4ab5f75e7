#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/models/adjacency.h"
#include "core/models/bpe.h"
#include "parts.h"

using namespace polyvocab;

namespace {

ModelPtr made(const std::vector<std::string>& tokens, const std::vector<Merge>& merges, const BpeOptions& options) {
  std::string bytes;
  std::vector<std::uint64_t> offsets{0};
  std::vector<TokenId> ids;
  for (const auto& token : tokens) {
    bytes += token;
    offsets.push_back(bytes.size());
    ids.push_back(static_cast<TokenId>(ids.size()));
  }
  return bpe({bytes, offsets.data(), tokens.size()}, ids, merges, options);
}

std::vector<std::string> all_bytes() {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 256; ++i) names.push_back(std::string("<0x") + digits[i / 16] + digits[i % 16] + '>');
  return names;
}

}  // namespace

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
    const auto model = made(tokens, merges, options);
    CHECK(model->adjacency() == nullptr);  // some characters are unknown
    for (int i = 0; i < 40; ++i) {
      std::string word;
      for (std::size_t n = 1 + pick(30); n > 0; --n) word += letters[pick(letters.size())];
      CHECK(ids_of_parts(*model, word, cuts) == ids(*model, word));
    }
  }
  CHECK(cuts > 1000);
}

TEST_CASE("where all bytes are tokens, a word that is cut between all characters that are neighbours in no token") {
  std::mt19937 random(5);
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::vector<std::string> letters{"a", "b", "▁", "é", "ж", "中", "文", "𝒜"};
  std::size_t cuts = 0;
  for (int round = 0; round < 80; ++round) {
    std::vector<std::string> tokens = all_bytes();
    for (const auto& letter : letters) {
      if (pick(4) > 0) tokens.push_back(letter);
    }
    BpeOptions options{.unknown = pick(2) > 0 ? std::optional<TokenId>(0) : std::nullopt, .fuse_unknown = pick(2) == 0,
                       .byte_fallback = true};
    const std::size_t letters_begin = 256, made_tokens = pick(9);
    std::vector<Merge> merges;
    for (std::uint32_t rank = 0; rank < made_tokens && tokens.size() > letters_begin; ++rank) {
      const auto left = static_cast<TokenId>(letters_begin + pick(tokens.size() - letters_begin));
      const auto right = static_cast<TokenId>(letters_begin + pick(tokens.size() - letters_begin));
      const std::string both = tokens[left] + tokens[right];
      if (std::ranges::find(tokens, both) != tokens.end()) continue;
      merges.push_back({left, right, static_cast<TokenId>(tokens.size()), rank});
      tokens.push_back(both);
    }
    const auto model = made(tokens, merges, options);
    const Adjacency* const adjacent = model->adjacency();
    REQUIRE(adjacent != nullptr);
    const auto opens = [&](char32_t left, char32_t right) {
      const bool others = Adjacency::is_other(left) && Adjacency::is_other(right);
      if (others) CHECK(((*adjacent)(left, right) || !adjacent->of_others(left, right)));
      return others ? !adjacent->of_others(left, right) : !(*adjacent)(left, right);
    };
    for (int i = 0; i < 40; ++i) {
      std::string word;
      for (std::size_t n = 1 + pick(30); n > 0; --n) word += letters[pick(letters.size())];
      CHECK(ids_of_parts(*model, word, cuts, opens) == ids(*model, word));
    }
  }
  CHECK(cuts > 10000);
  auto names = all_bytes();
  names.emplace_back("a");
  names.emplace_back("a<0x62>");
  const std::vector<Merge> of_a_byte{{256, 0x62, 257, 0}};
  CHECK(made(names, of_a_byte, {.byte_fallback = true})->adjacency() == nullptr);
}
