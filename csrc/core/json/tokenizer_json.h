// The large parts of a tokenizer.json, as blocks and arrays.
//
// Promises: linear time, no recursion, no allocation beyond the size of the document, on any input. Strings are unescaped.
// A document that is taken is valid JSON, nested no deeper than 127.
// Does not: know what the other members mean; whoever reads the skeleton checks them.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/string_block.h"

namespace polyvocab::json {

// What is malformed, and at which byte.
struct Error : std::invalid_argument {
  Error(const char* problem, std::size_t at) : std::invalid_argument(problem), offset(at) {}
  std::size_t offset;
};

struct TokenizerJson {
  enum class Vocab { absent, ids, scores };
  enum class Merges { absent, lines, pairs };

  std::string skeleton;  // the document with null for model.vocab and model.merges, where these are what is read here
  Vocab vocab = Vocab::absent;
  StringBlock tokens;                // of an object {token: id, ...}, or of an array [[token, score], ...]
  std::vector<std::uint32_t> ids;    // of two equal tokens the later one is kept
  std::vector<double> scores;        // equal tokens stay
  Merges merges = Merges::absent;
  StringBlock merge_parts;  // a string for each merge ("left right"), or two
  std::size_t vocab_at = 0, merges_at = 0;  // where these begin in the document
};

TokenizerJson read_tokenizer_json(std::string_view document);

}  // namespace polyvocab::json
