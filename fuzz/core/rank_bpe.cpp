// A small vocabulary of ranks, tiktoken's form: the ids of a word are those of joining the neighbours whose concatenation has
// the lowest rank, the slow way.
#include <map>

#include "core/models/bpe.h"
#include "laws.h"

using namespace polyvocab;

namespace {

using Ranks = std::map<std::string, TokenId, std::less<>>;

constexpr std::string_view texts[] = {"a", "b",    "ab",   "ba", "aa",       " ",    " a",
                                      "é", "\xC3", "\xA9", "中", "\xE4\xB8", "aaaa", "abab"};

// A word that is a token is that token.
Encoded join_slowly(const Ranks& ranks, std::string_view word) {
  const auto size = static_cast<std::uint32_t>(word.size());
  if (const auto whole = ranks.find(word); whole != ranks.end()) return {{whole->second}, {{0, size}}};
  constexpr std::uint64_t none = ~std::uint64_t{0};
  std::vector<Span> parts;
  for (std::uint32_t i = 0; i < size; ++i) parts.push_back({i, i + 1});
  const auto rank_at = [&](std::size_t i) -> std::uint64_t {
    if (i + 1 >= parts.size()) return none;
    const auto both = ranks.find(word.substr(parts[i].begin, parts[i + 1].end - parts[i].begin));
    return both == ranks.end() ? none : both->second;
  };
  std::vector<std::uint64_t> with_next;
  for (std::size_t i = 0; i < parts.size(); ++i) with_next.push_back(rank_at(i));
  for (;;) {
    const auto best = std::ranges::min_element(with_next);
    if (*best == none) break;
    const auto at = best - with_next.begin();
    parts[static_cast<std::size_t>(at)].end = parts[static_cast<std::size_t>(at) + 1].end;
    parts.erase(parts.begin() + at + 1);
    with_next.erase(best + 1);
    for (auto i = std::max<std::ptrdiff_t>(at - 1, 0); i <= at; ++i) {
      with_next[static_cast<std::size_t>(i)] = rank_at(static_cast<std::size_t>(i));
    }
  }
  Encoded out;
  for (const Span part : parts) {
    out.ids.push_back(ranks.find(word.substr(part.begin, part.end - part.begin))->second);
    out.spans.push_back(part);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(static_cast<unsigned char>(byte)));
  std::vector<std::string> parts{"a", "b", " ", "\xC3", "\xA9", "\xE4", "\xB8", "\xAD"};
  for (auto count = input.ConsumeIntegralInRange(0, 60); count > 0; --count) {
    const auto pick = [&] { return parts[input.ConsumeIntegralInRange<std::size_t>(0, parts.size() - 1)]; };
    // Most tokens are two others, as a trainer learns them.
    const bool is_learnt = input.ConsumeIntegralInRange(0, 7) > 0;
    std::string token = is_learnt ? pick() + pick() : fuzz::text_of(input, texts, 1, 4);
    if (token.size() > 60 || std::ranges::find(tokens, token) != tokens.end()) continue;
    parts.push_back(token);
    tokens.push_back(std::move(token));
  }
  // In the order of the file ranks need not rise, and some come before those of their parts.
  std::vector<TokenId> ranks;
  for (std::size_t i = 0; i < tokens.size(); ++i) ranks.push_back(static_cast<TokenId>(2 * i));
  for (auto count = std::max(0, input.ConsumeIntegralInRange(-3, 3)); count > 0; --count) {
    const auto any = [&] { return input.ConsumeIntegralInRange<std::size_t>(250, tokens.size() - 1); };
    std::swap(ranks[any()], ranks[any()]);
  }
  const std::string word = fuzz::rest_as_text(input, texts);
  if (word.empty()) return 0;
  Ranks by_token;
  for (std::size_t i = 0; i < tokens.size(); ++i) by_token[tokens[i]] = ranks[i];
  const Vocabulary vocabulary(tokens);
  const ModelPtr model = rank_bpe(vocabulary.strings(), ranks);
  const Encoded found = encoded(*model, word);
  fuzz::require_spans(found, word.size());
  fuzz::require(found == join_slowly(by_token, word), "joining neighbours by rank gives the same tokens");
  fuzz::require_same_when_cached(model, word, found);
  return 0;
}
