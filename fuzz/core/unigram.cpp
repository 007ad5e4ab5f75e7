// A small Unigram: the ids of a word are those of the best path, found the slow way.
#include <algorithm>

#include "core/models/unigram.h"
#include "laws.h"
#include "slow_best_path.h"

using namespace polyvocab;

namespace {

using Pieces = std::map<std::string, std::pair<std::uint32_t, double>, std::less<>>;

std::string byte_piece(char byte) {
  char name[8];
  std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  return name;
}

// Empty where an unknown character meets no unknown token, even off the path that is best in the end.
std::optional<Encoded> encode_slowly(const Pieces& pieces, double lowest, std::optional<TokenId> unknown, bool byte_fallback,
                                     std::string_view word) {
  Encoded out;
  std::optional<Span> run;
  const auto add = [&](TokenId id, Span span) {
    out.ids.push_back(id);
    out.spans.push_back(span);
  };
  const auto end_run = [&] {
    if (!run) return;
    const auto text = word.substr(run->begin, run->end - run->begin);
    const auto has_piece = [&](char byte) { return pieces.contains(byte_piece(byte)); };
    if (const auto whole = pieces.find(text); whole != pieces.end()) {
      add(whole->second.first, *run);
    } else if (byte_fallback && std::ranges::all_of(text, has_piece)) {
      for (const char byte : text) add(pieces.at(byte_piece(byte)).first, *run);
    } else {
      add(*unknown, *run);
    }
    run.reset();
  };
  const fuzz::Path path = fuzz::slow_best_path(pieces, lowest - 10.0, word);
  if (path.meets_unknown && !unknown) return {};
  for (const auto& [piece, span] : path.steps) {
    if (!piece || piece == unknown) {
      run = run ? Span{run->begin, span.end} : span;
    } else {
      end_run();
      add(*piece, span);
    }
  }
  end_run();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  std::vector<std::string> tokens;
  std::vector<double> scores;
  Pieces pieces;
  double lowest = std::numeric_limits<double>::infinity();
  const auto add = [&](const std::string& token) {
    scores.push_back(input.ConsumeBool() ? input.ConsumeIntegralInRange(-12, 2) / 4.0
                                         : input.ConsumeFloatingPointInRange(-9.0, 1.0));
    lowest = std::min(lowest, scores.back());
    pieces[token] = {static_cast<std::uint32_t>(tokens.size()), scores.back()};
    tokens.push_back(token);
  };
  for (auto count = input.ConsumeIntegralInRange(1, 30); count > 0; --count) add(fuzz::text_of(input, fuzz::letters, 1, 4));
  if (input.ConsumeBool()) {
    for (const char byte : {'a', 'b', ' ', '\xC3', '\xA9', '\xE4', '\xB8', '\xAD'}) add(byte_piece(byte));
  }
  std::optional<TokenId> unknown;
  const auto last = static_cast<TokenId>(tokens.size() - 1);
  if (input.ConsumeIntegralInRange(0, 3) > 0) unknown = input.ConsumeIntegralInRange<TokenId>(0, last);
  const bool byte_fallback = input.ConsumeBool();
  const bool is_long = input.ConsumeIntegralInRange(0, 63) == 0;
  std::string word = fuzz::rest_as_text(input, fuzz::letters);
  if (word.empty()) return 0;
  // Longer than the window in which the quick way looks for places that all paths share.
  while (is_long && word.size() < 5000) word += word;
  const ModelPtr model = unigram(Vocabulary(tokens).strings(), scores, unknown, byte_fallback);
  const auto found = fuzz::try_encode(*model, word), expected = encode_slowly(pieces, lowest, unknown, byte_fallback, word);
  fuzz::require(found == expected, "the best path is the one that is found place by place");
  if (!found) return 0;
  fuzz::require_spans(*found, word.size());
  fuzz::require_same_when_cached(model, word, *found);
  fuzz::require_separable(*model, word, *found);
  return 0;
}
