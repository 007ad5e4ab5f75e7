#include "core/encoding/padding.h"

#include <algorithm>

namespace polyvocab {

std::size_t padded_length(std::size_t longest, const Padding& padding) {
  const std::size_t length = padding.length.value_or(longest);
  if (padding.multiple_of == 0 || length % padding.multiple_of == 0) return length;
  return length + padding.multiple_of - length % padding.multiple_of;
}

void pad(Encoding& encoding, std::size_t length, const Padding& padding) {
  for (Encoding& piece : encoding.overflowing) pad(piece, length, padding);
  if (encoding.size() >= length) return;
  const std::size_t missing = length - encoding.size();
  if (padding.side == Side::right) {
    encoding.insert_at_end(padding.token, padding.type_id, false, missing);
    return;
  }
  Encoding filled;
  filled.insert_at_end(padding.token, padding.type_id, false, missing);
  auto overflowing = std::move(encoding.overflowing);
  encoding.overflowing.clear();
  filled.append(encoding, false);
  encoding = std::move(filled);
  encoding.overflowing = std::move(overflowing);
}

void pad(std::span<Encoding> encodings, const Padding& padding) {
  std::size_t longest = 0;
  for (const Encoding& encoding : encodings) longest = std::max(longest, encoding.size());
  const std::size_t length = padded_length(longest, padding);
  for (Encoding& encoding : encodings) pad(encoding, length, padding);
}

}  // namespace polyvocab
