#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/tokenizer/engine.h"
#include "engines.h"

using namespace polyvocab;

namespace {

constexpr int callers = 4;

struct Ids {
  std::vector<TokenId> ids;
  std::vector<std::int64_t> offsets;
  friend bool operator==(const Ids&, const Ids&) = default;
};

Ids encode(Engine& engine, std::span<const SourceText> texts, int threads) {
  const EncodedTexts found = engine.encode(texts, false, threads);
  return {{found.ids.ids().begin(), found.ids.ids().end()}, found.offsets};
}

}  // namespace

TEST_CASE("many threads encode through one engine, each with threads of its own") {
  const auto documents = ::documents();
  const std::vector<SourceText> texts(documents.begin(), documents.end());
  for (const auto& make : {ranks, pieces, scores}) {
    Engine alone(make()), engine(make());
    const Ids expected = encode(alone, texts, 1);
    REQUIRE(expected.offsets.size() == texts.size() + 1);
    std::array<bool, callers> same{};
    {
      std::vector<std::jthread> pool;
      for (int caller = 0; caller < callers; ++caller) {
        pool.emplace_back([&, caller] {
          bool all = encode(engine, texts, caller % 3 + 1) == expected;
          const auto counts = engine.count(texts, false, 2);
          for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto begin = static_cast<std::size_t>(expected.offsets[i]);
            const auto end = static_cast<std::size_t>(expected.offsets[i + 1]);
            all = all && counts[i] == static_cast<std::int64_t>(end - begin);
            if (i % callers != static_cast<std::size_t>(caller)) continue;
            const auto aligned = engine.encode_aligned(documents[i], false).ids;
            all = all && aligned == std::vector<TokenId>(expected.ids.data() + begin, expected.ids.data() + end);
          }
          same[static_cast<std::size_t>(caller)] = all;
        });
      }
    }
    for (const bool all : same) CHECK(all);
  }
}

TEST_CASE("a text that is refused ends the call of its thread alone") {
  // Without an unknown token, and so without a way to encode other letters.
  Parts parts;
  const std::vector<std::string> tokens{"a", "b"};
  parts.model = unigram(Vocabulary(tokens).strings(), std::vector<double>{-1, -1}, std::nullopt, false);
  Engine engine(std::move(parts));
  const std::string good(70000, 'a'), bad = good + "x";
  std::array<int, callers> refused{};
  std::array<std::size_t, callers> encoded{};
  {
    std::vector<std::jthread> pool;
    for (int caller = 0; caller < callers; ++caller) {
      pool.emplace_back([&, caller] {
        const auto at = static_cast<std::size_t>(caller);
        const std::string& second = caller % 2 == 0 ? good : bad;
        const std::vector<SourceText> texts{std::string_view(good), std::string_view(second), std::string_view(good)};
        try {
          encoded[at] = engine.encode(texts, false, 3).ids.size();
        } catch (const std::invalid_argument&) {
          ++refused[at];
        }
      });
    }
  }
  CHECK(refused == std::array<int, callers>{0, 1, 0, 1});
  CHECK(encoded[0] == 3 * good.size());
  CHECK(encoded[2] == 3 * good.size());
}
