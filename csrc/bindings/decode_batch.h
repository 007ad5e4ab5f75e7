// Many lists of ids to a list of str, on several threads.
#pragma once

#include <pybind11/typing.h>

#include "bindings/bindings.h"
#include "core/decoder/decoder.h"

namespace polyvocab {

// Text i is that of ids[offsets[i], offsets[i + 1]). Throws std::invalid_argument for offsets that fall or leave the ids, and
// what the decoder throws.
py::typing::List<py::str> decode_batch(const Decoder& decoder, const Array<TokenId>& ids, const Array<std::int64_t>& offsets,
                                       bool skip_special_tokens, int threads);

}  // namespace polyvocab
