#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/models/symbols.h"
#include "core/models/word_merges.h"

using namespace polyvocab;

namespace {

std::vector<MergeWords*> all_kernels() {
  std::vector<MergeWords*> all{generic_merges(), avx2_merges(), avx512_merges()};
  std::erase(all, nullptr);
  return all;
}

// Tokens over bytes, with merges in order of rank as a trainer could have learnt them, but for some that come too early. The
// symbol of a byte is not its number.
struct Vocabulary {
  std::array<MergeTables::Number, 256> bytes;
  std::vector<Merge> merges;

  Vocabulary(std::mt19937& random, std::size_t most, std::size_t letters, std::size_t too_early) {
    std::iota(bytes.begin(), bytes.end(), 0);
    std::ranges::shuffle(bytes, random);
    std::vector<std::string> tokens(256);
    for (std::size_t byte = 0; byte < 256; ++byte) tokens[bytes[byte]] = std::string(1, static_cast<char>(byte));
    std::vector<TokenId> used;  // tokens that words are made of
    for (std::size_t k = 0; k < letters; ++k) used.push_back(bytes['a' + k]);
    const auto pick = [&] { return used[random() % used.size()]; };
    for (std::size_t n = 1 + random() % most; n > 0; --n) {
      const TokenId left = pick(), right = pick();
      const std::string both = tokens[left] + tokens[right];
      if (both.size() > 20 || std::ranges::find(tokens, both) != tokens.end()) continue;
      used.push_back(static_cast<TokenId>(tokens.size()));
      merges.push_back({left, right, used.back(), static_cast<std::uint32_t>(merges.size())});
      tokens.push_back(both);
    }
    for (; too_early > 0 && !merges.empty(); --too_early) {
      const Merge moved = merges[random() % merges.size()];
      std::erase_if(merges, [&](const Merge& merge) { return merge.rank == moved.rank; });
      merges.insert(merges.begin() + static_cast<std::ptrdiff_t>(random() % (merges.size() + 1)), moved);
      for (std::uint32_t rank = 0; rank < merges.size(); ++rank) merges[rank].rank = rank;
    }
  }

  // Repeated merging of the best pair.
  Symbols merged(std::string_view word) const {
    Symbols symbols;
    for (std::uint32_t i = 0; i < word.size(); ++i) symbols.add(bytes[static_cast<unsigned char>(word[i])], i + 1);
    Merger merger;
    merger.merge(PairTable(merges), symbols);
    return symbols;
  }
};

std::vector<std::string> random_words(std::mt19937& random, std::size_t count, std::size_t most, std::size_t letters) {
  std::vector<std::string> words(count);
  for (std::string& word : words) {
    for (std::size_t n = 1 + random() % most; n > 0; --n) word += static_cast<char>('a' + random() % letters);
  }
  return words;
}

}  // namespace

TEST_CASE("every kernel leaves what merging leaves, or leaves the word to others") {
  std::mt19937 random(3);
  std::size_t regular = 0, left_out = 0, found = 0;
  std::vector<TokenId> symbols(256);
  std::iota(symbols.begin(), symbols.end(), 0);
  for (int round = 0; round < 400; ++round) {
    const std::size_t letters = 2 + random() % 4, too_early = round % 2 == 0 ? 0 : 1 + round % 5;
    const Vocabulary vocabulary(random, round % 3 == 0 ? 2000 : 60, letters, too_early);
    const auto derivations = Derivations::of(symbols, vocabulary.merges);
    if (!derivations) continue;
    const MergeTables tables(*derivations, vocabulary.bytes);
    const auto words = random_words(random, random() % (merged_together + 1), WordMerges::most_symbols, letters);
    for (MergeWords* const kernel : all_kernels()) {
      std::vector<std::array<MergeTables::Number, WordMerges::most_symbols>> tokens(words.size());
      std::vector<std::uint32_t> counts(words.size(), 99);
      std::vector<MergedWord> all;
      for (std::size_t i = 0; i < words.size(); ++i) all.push_back({words[i], tokens[i].data(), &counts[i]});
      kernel(tables, all);
      for (std::size_t i = 0; i < words.size(); ++i) {
        if (counts[i] == 0) {
          CHECK_FALSE(derivations->all_are_sure());
          ++left_out;
          continue;
        }
        derivations->to_ids({tokens[i].data(), counts[i]});
        CHECK(std::vector(tokens[i].begin(), tokens[i].begin() + counts[i]) == vocabulary.merged(words[i]).ids);
        ++found;
      }
    }
    regular += derivations->all_are_sure();
  }
  CHECK(regular > 150);
  CHECK(found > 20000);
  CHECK(left_out > 100);
}

TEST_CASE("any number of words of any length: those that are too long are left out") {
  std::mt19937 random(4);
  const Vocabulary vocabulary(random, 200, 3, 0);
  std::vector<TokenId> symbols(256);
  std::iota(symbols.begin(), symbols.end(), 0);
  const auto derivations = Derivations::of(symbols, vocabulary.merges);
  REQUIRE(derivations);
  const WordMerges merges(MergeTables(*derivations, vocabulary.bytes));
  WordMerges::Words made;
  for (const std::size_t count : {0, 1, 63, 64, 65, 500}) {
    const auto words = random_words(random, count, 90, 3);
    const std::vector<std::string_view> views(words.begin(), words.end());
    merges.merge(views, made);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t tokens = made.counts[i];
      CHECK((tokens == 0) == (words[i].size() > WordMerges::most_symbols));
      if (tokens == 0) continue;
      derivations->to_ids({&made.tokens[begin], tokens});
      CHECK(std::vector(&made.tokens[begin], &made.tokens[begin] + tokens) == vocabulary.merged(words[i]).ids);
      begin += words[i].size();
    }
  }
}

TEST_CASE("a table of pairs finds each of them and no other, however full its lines are") {
  std::mt19937 random(6);
  for (const std::uint32_t numbers : {3U, 30U, 5000U, PairLines::most_numbers}) {
    std::vector<std::array<std::uint32_t, 2>> pairs;
    const auto pick = [&] { return static_cast<std::uint32_t>(random() % numbers); };
    for (int i = 0; i < 6000; ++i) pairs.push_back({pick(), pick()});
    std::ranges::sort(pairs);
    const auto twice = std::ranges::unique(pairs);
    pairs.erase(twice.begin(), twice.end());
    PairLines lines(pairs.size() / (1 + random() % 2));
    for (std::uint32_t i = 0; i < pairs.size(); i += 2) lines.set(pairs[i][0], pairs[i][1], i);
    for (std::uint32_t i = 0; i < pairs.size(); ++i) {
      const std::uint64_t made = lines.answer(lines.ask(pairs[i][0], pairs[i][1]));
      if (i % 2 == 0) CHECK(made == i);
      else CHECK(made >= PairLines::none);
    }
    CHECK(lines.answer(lines.ask(PairLines::nothing, 0)) >= PairLines::none);
    CHECK(lines.answer(lines.ask(0, PairLines::nothing)) >= PairLines::none);
  }
}
