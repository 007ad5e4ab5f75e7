#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/models/bpe.h"
#include "core/models/unigram.h"
#include "core/models/wordpiece.h"
#include "core/normalizer/normalizer.h"
#include "core/pre_tokenizer/pre_tokenizer.h"
#include "core/splitter/splitter.h"
#include "core/tokenizer/engine.h"
#include "vocabulary.h"

using namespace polyvocab;

namespace {

constexpr int callers = 4;

// Words of a pattern, bytes that are joined by rank, and an added token.
Parts ranks() {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(static_cast<unsigned char>(byte)));
  for (const char* token : {"an", " b", "ana", "é", " ban"}) tokens.emplace_back(token);
  std::vector<TokenId> ranks;
  for (TokenId rank = 0; rank < tokens.size(); ++rank) ranks.push_back(rank);
  Parts parts;
  parts.raw_tokens = {{.content = "<end>", .id = 1000, .special = true}};
  parts.pre_tokenizer = split_pattern(std::make_shared<const Splitter>(R"( ?\p{L}+| ?\p{N}+|\s+(?!\S)|\s+)", Dialect::rust),
                                      Behavior::isolated, false);
  parts.model = rank_bpe(Vocabulary(tokens).strings(), ranks);
  return parts;
}

Parts pieces() {
  Parts parts;
  parts.normalizer = normalizer_sequence({unicode_form(Form::nfkc), lowercase(), bert(true, true, true, true)});
  parts.pre_tokenizer = bert_pre_tokenizer();
  const std::vector<std::string> tokens{"[unk]", "b", "##a", "##n", "##na", "ban", "e", "中", "7"};
  const std::vector<TokenId> ids{0, 1, 2, 3, 4, 5, 6, 7, 8};
  parts.model = wordpiece(Vocabulary(tokens).strings(), ids, TokenId{0}, "##", 100);
  return parts;
}

Parts scores() {
  Parts parts;
  parts.pre_tokenizer = metaspace(U'▁', Prepend::always, true);
  const std::vector<std::string> tokens{"<unk>", "▁", "▁ba", "na", "n", "a", "é"};
  parts.model = unigram(Vocabulary(tokens).strings(), std::vector<double>{0, -2, -3, -2.5, -4, -4, -5}, TokenId{0}, false);
  parts.surface_unknown = 0;
  return parts;
}

// Enough of them for many turns; neighbours differ, so that ids in a wrong place would be seen.
std::vector<std::string> documents() {
  const std::string words[] = {" banana", " Bananen", " é7", " 中<end>", "\n\n ban", "  77 anana"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < 120; ++i) {
    std::string text = std::to_string(i);
    for (std::size_t j = 0; j < i % 7 * 200; ++j) text += words[(i + j * j) % std::size(words)] + std::to_string(j % 97);
    out.push_back(std::move(text));
  }
  return out;
}

struct Ids {
  std::vector<TokenId> ids;
  std::vector<std::int64_t> offsets;
  friend bool operator==(const Ids&, const Ids&) = default;
};

Ids encode(Engine& engine, const std::vector<std::string_view>& texts, int threads) {
  const EncodedTexts found = engine.encode(texts, false, threads);
  return {{found.ids.ids().begin(), found.ids.ids().end()}, found.offsets};
}

}  // namespace

TEST_CASE("many threads encode through one engine, each with threads of its own") {
  const auto documents = ::documents();
  const std::vector<std::string_view> texts(documents.begin(), documents.end());
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
            const auto aligned = engine.encode_aligned(texts[i], false).ids;
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
        const std::vector<std::string_view> texts{good, caller % 2 == 0 ? good : bad, good};
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
