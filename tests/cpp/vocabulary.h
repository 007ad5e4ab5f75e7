// A vocabulary for tests, and what a model makes of a word.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/models/model.h"

struct Vocabulary {
  explicit Vocabulary(const std::vector<std::string>& tokens) {
    for (const std::string& token : tokens) {
      bytes += token;
      offsets.push_back(bytes.size());
    }
  }
  polyvocab::Strings strings() const { return {bytes, offsets.data(), offsets.size() - 1}; }

  std::string bytes;
  std::vector<std::uint64_t> offsets{0};
};

struct Encoded {
  std::vector<polyvocab::TokenId> ids;
  std::vector<polyvocab::Span> spans;
  friend bool operator==(const Encoded&, const Encoded&) = default;
};

inline Encoded encoded(const polyvocab::Model& model, std::string_view word) {
  polyvocab::Tokens tokens;
  tokens.want_spans = true;
  model.encode(word, *model.scratch(), tokens);
  return {std::move(tokens.ids), std::move(tokens.spans)};
}

inline std::vector<polyvocab::TokenId> ids_of(const polyvocab::Model& model, std::string_view word) {
  return encoded(model, word).ids;
}
