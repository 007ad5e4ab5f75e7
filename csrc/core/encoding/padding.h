// Encodings filled up to a common number of tokens.
//
// Promises: what Hugging Face `tokenizers` pads; an encoding that is longer stays as it is. Overflowing pieces too.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "core/encoding/encoding.h"
#include "core/encoding/truncation.h"

namespace polyvocab {

struct Padding {
  std::optional<std::size_t> length;  // none: that of the longest
  Side side = Side::right;            // where padding goes
  std::size_t multiple_of = 0;        // the length is rounded up to a multiple of this; 0: it is not
  InsertedToken token{0, {}};
  std::uint32_t type_id = 0;
};

// The length to pad to.
std::size_t padded_length(std::size_t longest, const Padding& padding);

void pad(Encoding& encoding, std::size_t length, const Padding& padding);
void pad(std::span<Encoding> encodings, const Padding& padding);

}  // namespace polyvocab
