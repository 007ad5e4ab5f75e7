// An encoding as Python holds it: with the strings of its tokens.
#pragma once

#include <memory>
#include <string>

#include "core/decoder/token_strings.h"
#include "core/encoding/encoding.h"
#include "core/encoding/truncation.h"

namespace polyvocab {

using TokenStringsPtr = std::shared_ptr<TokenStrings>;

struct NamedEncoding {
  Encoding encoding;
  TokenStringsPtr strings;  // may be null: every token then has a surface
};

// "left" or "right". Throws std::invalid_argument that says of what the direction is.
Side side_named(const std::string& direction, const char* of);

}  // namespace polyvocab
