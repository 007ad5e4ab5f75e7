// Components of a tokenizer, chosen at random.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/models/bpe.h"
#include "core/models/unigram.h"
#include "core/models/wordpiece.h"
#include "core/normalizer/normalizer.h"
#include "core/normalizer/sentencepiece.h"
#include "core/pre_tokenizer/pre_tokenizer.h"
#include "core/tokenizer/pipeline.h"
#include "fuzz.h"
#include "patterns.h"
#include "random_bpe.h"
#include "vocabulary.h"

namespace polyvocab::fuzz {

inline NormalizerPtr random_normalizer(Input& input) {
  const auto flag = [&] { return input.ConsumeBool(); };
  switch (input.ConsumeIntegralInRange(0, 10)) {
    case 0: return unicode_form(static_cast<Form>(input.ConsumeIntegralInRange(0, 3)));
    case 1: return lowercase();
    case 2: return strip_accents();
    case 3: return nmt();
    case 4: return strip(flag(), flag());
    case 5: return prepend(std::string(one_of(input, fragments)));
    case 6: return replace_text(text_of(input, fragments, 1, 2), text_of(input, fragments, 0, 2));
    case 7: return replace_text(" ", "▁");
    case 8: return replace_pattern(pattern(input), text_of(input, fragments, 0, 2));
    case 9: return bert(flag(), flag(), flag(), flag());
    default: break;
  }
  const Vocabulary symbols(flag() ? std::vector<std::string>{} : std::vector<std::string>{text_of(input, fragments, 1, 2)});
  return sentencepiece_normalizer({.user_defined = symbols.strings(),
                                   .add_dummy_prefix = flag(),
                                   .remove_extra_whitespaces = flag(),
                                   .escape_whitespaces = flag(),
                                   .treat_whitespace_as_suffix = flag()});
}

inline PreTokenizerPtr random_pre_tokenizer(Input& input) {
  const auto flag = [&] { return input.ConsumeBool(); };
  const auto behavior = [&] { return static_cast<Behavior>(input.ConsumeIntegralInRange(0, 4)); };
  switch (input.ConsumeIntegralInRange(0, 10)) {
    case 0: return metaspace(flag() ? U'▁' : U'_', static_cast<Prepend>(input.ConsumeIntegralInRange(0, 2)), flag());
    case 1: return split_pattern(pattern(input), behavior(), flag());
    case 2: return split_text(text_of(input, fragments, 1, 2), behavior(), flag());
    case 3: return digits(flag());
    case 4: return whitespace();
    case 5: return whitespace_split();
    case 6: return punctuation(behavior());
    case 7: return bert_pre_tokenizer();
    case 8: return unicode_scripts();
    case 9: return char_delimiter_split(flag() ? U' ' : U'é');
    default: return fixed_length(input.ConsumeIntegralInRange<std::size_t>(1, 9));
  }
}

// None, one, or a sequence.
template <class Part, class One, class Sequence>
Part random_chain(Input& input, One&& one, Sequence&& sequence) {
  const int count = std::max(0, input.ConsumeIntegralInRange(-1, 3));
  if (count == 0) return nullptr;
  if (count == 1) return one(input);
  std::vector<Part> parts;
  for (int i = 0; i < count; ++i) parts.push_back(one(input));
  return sequence(std::move(parts));
}

// A Unigram shows its unknown token as the text that it stands for.
inline void choose_unigram_or_wordpiece(Input& input, Parts& parts) {
  std::vector<std::string> tokens;
  for (auto count = input.ConsumeIntegralInRange(1, 40); count > 0; --count) tokens.push_back(text_of(input, fragments, 1, 3));
  const Vocabulary vocabulary(tokens);
  std::optional<TokenId> unknown;
  if (input.ConsumeIntegralInRange(0, 7) > 0) unknown = 0;
  if (input.ConsumeBool()) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < tokens.size(); ++i) scores.push_back(input.ConsumeIntegralInRange(-20, 2) / 4.0);
    parts.model = unigram(vocabulary.strings(), scores, unknown, input.ConsumeBool());
    parts.surface_unknown = unknown;
    return;
  }
  std::vector<TokenId> ids;
  for (std::size_t i = 0; i < tokens.size(); ++i) ids.push_back(static_cast<TokenId>(i));
  parts.model = wordpiece(vocabulary.strings(), ids, unknown, input.ConsumeBool() ? "##" : "", 100);
}

// Bytes have the ranks below 256.
inline ModelPtr random_rank_bpe(Input& input) {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(static_cast<unsigned char>(byte)));
  for (auto count = input.ConsumeIntegralInRange(0, 40); count > 0; --count) {
    std::string token = text_of(input, fragments, 1, 3);
    if (std::ranges::find(tokens, token) == tokens.end()) tokens.push_back(std::move(token));
  }
  std::vector<TokenId> ranks;
  for (std::size_t i = 0; i < tokens.size(); ++i) ranks.push_back(static_cast<TokenId>(i));
  return rank_bpe(Vocabulary(tokens).strings(), ranks);
}

inline std::vector<AddedToken> random_added_tokens(Input& input, TokenId first_id) {
  std::vector<AddedToken> added;
  for (auto count = std::max(0, input.ConsumeIntegralInRange(-3, 3)); count > 0; --count) {
    std::string content = text_of(input, fragments, 1, 3);
    const auto same = [&](const AddedToken& other) { return other.content == content; };
    if (std::ranges::any_of(added, same)) continue;
    const auto flags = input.ConsumeIntegral<std::uint8_t>();
    added.push_back({.content = std::move(content),
                     .id = first_id++,
                     .single_word = (flags & 1) != 0,
                     .lstrip = (flags & 2) != 0,
                     .rstrip = (flags & 4) != 0,
                     .special = (flags & 8) != 0});
  }
  return added;
}

inline Parts random_parts(Input& input) {
  Parts parts;
  parts.raw_tokens = random_added_tokens(input, 1000);
  parts.normalized_tokens = random_added_tokens(input, 2000);
  parts.normalizer = random_chain<NormalizerPtr>(input, random_normalizer, normalizer_sequence);
  if (input.ConsumeIntegralInRange(0, 3) == 0) {
    // ByteLevel stands last, before a model over its alphabet.
    static constexpr std::string_view alphabet[] = {"a", "b", "c", "e", "s", "1", "Ġ", "Ċ",
                                                    "Ã", "©", "â", "ĸ", "ģ", "'", "."};
    const SplitterPtr words = input.ConsumeBool() ? pattern(input) : nullptr;
    const PreTokenizerPtr last = byte_level(input.ConsumeBool(), words);
    parts.pre_tokenizer = input.ConsumeBool() ? last : pre_tokenizer_sequence({random_pre_tokenizer(input), last});
    const RandomBpe random(input, alphabet, Spelt::in_alphabet);
    parts.model = random.model(random.merges);
    return parts;
  }
  parts.pre_tokenizer = random_chain<PreTokenizerPtr>(input, random_pre_tokenizer, pre_tokenizer_sequence);
  switch (input.ConsumeIntegralInRange(0, 3)) {
    case 0: parts.model = random_rank_bpe(input); break;
    case 1: {
      static constexpr std::string_view alphabet[] = {"a", "b", "c", "e",  "s", "t", "A", "B",
                                                      "1", " ", "▁", "\n", "é", "中", ".", "'"};
      const RandomBpe random(input, alphabet, Spelt::in_characters);
      parts.model = random.model(random.merges);
      break;
    }
    default: choose_unigram_or_wordpiece(input, parts);
  }
  return parts;
}

}  // namespace polyvocab::fuzz
