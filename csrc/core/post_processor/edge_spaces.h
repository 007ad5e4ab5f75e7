// Offsets without the spaces at the ends of a token, for byte-level vocabularies.
//
// Promises: the offsets that the reference's ByteLevel and RobertaProcessing give. The spaces are counted in the token's
// string, as characters, and taken from its span, whatever the unit of that is.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/encoding/encoding.h"

namespace polyvocab {

// Spaces at the two ends of a token's string: white space, and U+0120 which stands for a space.
struct EdgeSpaces {
  std::uint32_t leading = 0;
  std::uint32_t trailing = 0;
  friend bool operator==(const EdgeSpaces&, const EdgeSpaces&) = default;
};

// Expects: valid UTF-8.
EdgeSpaces edge_spaces(std::string_view token);

// Trims the encoding and its overflowing pieces. add_prefix_space: one leading space at the very beginning was added, not
// found, and nothing is to be trimmed for it. An id that `by_id` does not reach has no spaces.
void trim_offsets(Encoding& encoding, bool add_prefix_space, std::span<const EdgeSpaces> by_id);

}  // namespace polyvocab
