// Small SentencePiece models: refused, or with the ids that the slow way gives where all pieces are normal.
#include <map>

#include "core/models/sentencepiece.h"
#include "laws.h"
#include "slow_best_path.h"

using namespace polyvocab;

namespace {

constexpr float unknown_penalty = 10.0F;

struct Pieces {
  std::vector<std::string> strings{"<unk>"};
  std::vector<float> scores{0.0F};
  std::vector<PieceType> types{PieceType::unknown};
  std::map<std::string, std::pair<std::uint32_t, float>, std::less<>> normal{};
  bool all_normal = true;

  void add(const std::string& piece, float score, PieceType type) {
    if (std::ranges::find(strings, piece) != strings.end()) return;
    if (type == PieceType::normal) normal[piece] = {static_cast<std::uint32_t>(strings.size()), score};
    all_normal = all_normal && type == PieceType::normal;
    strings.push_back(piece);
    scores.push_back(score);
    types.push_back(type);
  }
};

// Unknown neighbours are one token.
std::vector<TokenId> fused(const std::vector<std::optional<std::uint32_t>>& pieces) {
  std::vector<TokenId> ids;
  for (const auto& piece : pieces) {
    if (piece || ids.empty() || ids.back() != 0) ids.push_back(piece.value_or(0));
  }
  return ids;
}

std::vector<TokenId> unigram_slowly(const Pieces& pieces, std::string_view word) {
  float lowest = std::numeric_limits<float>::max();
  for (const auto& [piece, entry] : pieces.normal) lowest = std::min(lowest, entry.second);
  std::vector<std::optional<std::uint32_t>> path;
  for (const auto& step : fuzz::slow_best_path(pieces.normal, lowest - unknown_penalty, word).steps) path.push_back(step.piece);
  return fused(path);
}

// Again and again the neighbours whose concatenation has the highest score, the leftmost of equals.
std::vector<TokenId> bpe_slowly(const Pieces& pieces, std::string_view word) {
  std::vector<std::string> symbols;
  for (std::size_t at = 0; at < word.size(); at += symbols.back().size()) {
    symbols.emplace_back(word.substr(at, utf8::length(static_cast<unsigned char>(word[at]))));
  }
  for (;;) {
    std::optional<float> best;
    std::size_t where = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = pieces.normal.find(symbols[i] + symbols[i + 1]);
      if (found == pieces.normal.end() || (best && found->second.second <= *best)) continue;
      best = found->second.second;
      where = i;
    }
    if (!best) break;
    symbols[where] += symbols[where + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
  std::vector<std::optional<std::uint32_t>> ids;
  for (const auto& symbol : symbols) {
    const auto found = pieces.normal.find(symbol);
    ids.push_back(found == pieces.normal.end() ? std::nullopt : std::optional(found->second.first));
  }
  return fused(ids);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  constexpr PieceType other_types[] = {PieceType::control, PieceType::user_defined, PieceType::unused};
  const bool normal_alone = input.ConsumeBool();
  const bool byte_fallback = input.ConsumeIntegralInRange(0, 7) == 0;
  const int kind = input.ConsumeIntegralInRange(0, 3);
  Pieces pieces;
  for (auto count = input.ConsumeIntegralInRange(1, 40); count > 0; --count) {
    const bool is_normal = normal_alone || input.ConsumeIntegralInRange(0, 3) > 0;
    const PieceType type = is_normal ? PieceType::normal : other_types[input.ConsumeIntegralInRange(0, 2)];
    const float score = input.ConsumeBool() ? static_cast<float>(input.ConsumeIntegralInRange(-20, 2)) / 4
                                            : input.ConsumeFloatingPointInRange(-9.0F, 1.0F);
    pieces.add(fuzz::text_of(input, fuzz::letters, 1, 4), score, type);
  }
  if (byte_fallback) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      char name[8];
      std::snprintf(name, sizeof name, "<0x%02X>", byte);
      pieces.add(name, 0, PieceType::byte);
    }
  }
  const std::string word = fuzz::rest_as_text(input, fuzz::letters);
  if (word.empty()) return 0;
  const Vocabulary vocabulary(pieces.strings);
  ModelPtr model;
  try {
    switch (kind) {
      case 0: model = sentencepiece_unigram(vocabulary.strings(), pieces.scores, pieces.types, byte_fallback); break;
      case 1: model = sentencepiece_bpe(vocabulary.strings(), pieces.scores, pieces.types, byte_fallback); break;
      case 2: model = sentencepiece_char(vocabulary.strings(), pieces.types, byte_fallback); break;
      default: model = sentencepiece_word(vocabulary.strings(), pieces.types, byte_fallback); break;
    }
  } catch (const std::invalid_argument&) {
    return 0;
  }
  const Encoded found = encoded(*model, word);
  fuzz::require_spans(found, word.size());
  for (const TokenId id : found.ids) fuzz::require(id < pieces.strings.size(), "ids are those of pieces");
  fuzz::require_same_when_cached(model, word, found);
  fuzz::require_separable(*model, word, found);
  if (!pieces.all_normal) return 0;
  if (kind == 0) fuzz::require(found.ids == unigram_slowly(pieces, word), "the best path is the one found place by place");
  if (kind == 1) fuzz::require(found.ids == bpe_slowly(pieces, word), "merging pair by pair gives the same tokens");
  return 0;
}
