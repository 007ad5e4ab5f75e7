// What holds for every model and every word.
#pragma once

#include <optional>
#include <stdexcept>

#include "core/tokenizer/word_encoder.h"
#include "core/unicode/utf8.h"
#include "fuzz.h"
#include "vocabulary.h"

namespace polyvocab::fuzz {

// Empty where the model refuses the word.
inline std::optional<Encoded> try_encode(const Model& model, std::string_view word) {
  try {
    return encoded(model, word);
  } catch (const std::invalid_argument&) {
    return {};
  }
}

inline void require_spans(const Encoded& tokens, std::size_t size) {
  require(tokens.ids.size() == tokens.spans.size(), "every token has a span");
  for (const auto [begin, end] : tokens.spans) require(begin <= end && end <= size, "spans lie within the word");
}

// A word has the same ids through a cache, when it is new there and when it is known.
inline void require_same_when_cached(const ModelPtr& model, const std::string& word, const Encoded& expected) {
  WordEncoder encoder(model);
  IdBuffer ids;
  for (int i = 0; i < 2; ++i) encoder.encode(word, {0, static_cast<std::uint32_t>(word.size())}, ids);
  std::vector<TokenId> twice = expected.ids;
  twice.insert(twice.end(), expected.ids.begin(), expected.ids.end());
  require(std::ranges::equal(ids.ids(), twice), "a cache gives the ids of the model");
}

// The parts of a word that is cut wherever the model allows it have the ids of the whole.
inline void require_separable(const Model& model, const std::string& word, const Encoded& expected) {
  std::vector<TokenId> ids;
  const auto add = [&](std::size_t begin, std::size_t end) {
    const auto part = try_encode(model, std::string_view(word).substr(begin, end - begin));
    require(part.has_value(), "a part of a word that is not refused is not refused");
    ids.insert(ids.end(), part->ids.begin(), part->ids.end());
  };
  std::size_t begin = 0;
  auto [left, size] = utf8::decode(word.data());
  for (std::size_t at = size; at < word.size(); at += size) {
    const utf8::Decoded right = utf8::decode(word.data() + at);
    if (model.separable(left, right.code)) {
      add(begin, at);
      begin = at;
    }
    left = right.code;
    size = right.size;
  }
  add(begin, word.size());
  require(ids == expected.ids, "parts of a word that is separable have the ids of the whole");
}

}  // namespace polyvocab::fuzz
