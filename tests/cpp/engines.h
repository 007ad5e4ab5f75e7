// Pipelines of three kinds, and documents for them.
#pragma once

#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "core/models/bpe.h"
#include "core/models/unigram.h"
#include "core/models/wordpiece.h"
#include "core/normalizer/normalizer.h"
#include "core/pre_tokenizer/pre_tokenizer.h"
#include "core/splitter/splitter.h"
#include "core/tokenizer/pipeline.h"
#include "vocabulary.h"

namespace polyvocab {

// Words of a pattern, bytes that are joined by rank, and an added token.
inline Parts ranks() {
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

inline Parts pieces() {
  Parts parts;
  parts.normalizer = normalizer_sequence({unicode_form(Form::nfkc), lowercase(), bert(true, true, true, true)});
  parts.pre_tokenizer = bert_pre_tokenizer();
  const std::vector<std::string> tokens{"[unk]", "b", "##a", "##n", "##na", "ban", "e", "中", "7"};
  const std::vector<TokenId> ids{0, 1, 2, 3, 4, 5, 6, 7, 8};
  parts.model = wordpiece(Vocabulary(tokens).strings(), ids, TokenId{0}, "##", 100);
  return parts;
}

inline Parts scores() {
  Parts parts;
  parts.pre_tokenizer = metaspace(U'▁', Prepend::always, true);
  const std::vector<std::string> tokens{"<unk>", "▁", "▁ba", "na", "n", "a", "é"};
  parts.model = unigram(Vocabulary(tokens).strings(), std::vector<double>{0, -2, -3, -2.5, -4, -4, -5}, TokenId{0}, false);
  parts.surface_unknown = 0;
  return parts;
}

// Enough of them for many turns; neighbours differ, so that ids in a wrong place would be seen.
inline std::vector<std::string> documents() {
  const std::string words[] = {" banana", " Bananen", " é7", " 中<end>", "\n\n ban", "  77 anana"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < 120; ++i) {
    std::string text = std::to_string(i);
    for (std::size_t j = 0; j < i % 7 * 200; ++j) text += words[(i + j * j) % std::size(words)] + std::to_string(j % 97);
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace polyvocab
