// The models: a word to ids. One model, one file.
//
// Promises: the ids, their order and their byte ranges that Hugging Face `tokenizers` gives for the same word.
// Expects: a word that is not empty; valid UTF-8, except a model over bytes. Thread safe: a model is immutable; what a call
// needs is in its Scratch.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/normalizer/text.h"

namespace polyvocab {

using TokenId = std::uint32_t;

// What a model appends to.
struct Tokens {
  std::vector<TokenId> ids;
  std::vector<Span> spans;  // one per id where `want_spans`, in bytes of the word
  bool want_spans = false;

  void add(TokenId id, std::uint32_t begin, std::uint32_t end) {
    ids.push_back(id);
    if (want_spans) spans.push_back({begin, end});
  }
};

// Working memory that a thread keeps between words; each model derives its own.
struct Scratch {
  virtual ~Scratch() = default;
};

class Adjacency;

class Model {
 public:
  virtual ~Model() = default;
  virtual std::unique_ptr<Scratch> scratch() const = 0;
  virtual void encode(std::string_view word, Scratch& scratch, Tokens& out) const = 0;

  // Appends the ids of many words, without spans, and how many each has. It may be quicker than one by one.
  virtual void encode_all(std::span<const std::string_view> words, Scratch& scratch, Tokens& out,
                          std::vector<std::uint32_t>& counts) const {
    for (const std::string_view word : words) {
      const std::size_t before = out.ids.size();
      encode(word, scratch, out);
      counts.push_back(static_cast<std::uint32_t>(out.ids.size() - before));
    }
  }

  // Whether any word may be cut between these two characters: the ids of the parts are then those of the whole. On the left all
  // characters beyond ASCII are alike, ▁ excepted: what holds for one holds for all.
  virtual bool separable(char32_t /*left*/, char32_t /*right*/) const { return false; }
  // The characters between which words may not be cut so; null where words may not be cut between all others.
  virtual const Adjacency* adjacency() const { return nullptr; }
};

using ModelPtr = std::shared_ptr<const Model>;

// Strings in one block: string i is bytes[offsets[i], offsets[i + 1]).
struct Strings {
  std::string_view bytes;
  const std::uint64_t* offsets;
  std::size_t count;
  std::string_view operator[](std::size_t i) const { return bytes.substr(offsets[i], offsets[i + 1] - offsets[i]); }
};

}  // namespace polyvocab
