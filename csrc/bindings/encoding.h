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

// "left" or "right".
Side side_named(const std::string& direction);

}  // namespace polyvocab
