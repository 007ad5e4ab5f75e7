// The large parts of a tokenizer.json with only some of their entries.
//
// Promises: what stays is copied byte for byte, escapes and white space too; of a token only its id is written anew.
// Expects: a document that `read_tokenizer_json` takes.
// Does not: change anything else of the document that names an id.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace polyvocab::json {

struct KeptTokens {
  std::string skeleton;       // the document with null for the two
  std::string vocab, merges;  // as JSON; empty where the document has none
  std::size_t tokens = 0;     // how many entries the vocabulary has now
};

// `new_ids`: by old id, negative where the token goes; an id beyond goes. `merges`: whether each stays. Strings that begin
// with #version are no merges and stay. Throws std::invalid_argument where there are more merges, or fewer.
KeptTokens keep_tokens(std::string_view document, std::span<const std::int64_t> new_ids, std::span<const bool> merges);

}  // namespace polyvocab::json
