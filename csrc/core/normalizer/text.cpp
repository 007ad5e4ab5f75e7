#include "core/normalizer/text.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace polyvocab {

Text::Text(std::string_view piece, std::uint32_t offset, bool aligned) : bytes(piece), offset(offset), aligned(aligned) {
  if (!aligned) return;
  spans.resize(bytes.size());
  for (std::uint32_t begin = 0; begin < size();) {
    const std::uint32_t end = begin + utf8::length(static_cast<unsigned char>(bytes[begin]));
    std::fill(spans.begin() + begin, spans.begin() + end, Span{offset + begin, offset + end});
    begin = end;
  }
}

Text Text::slice(Span part) const {
  Text out;
  out.bytes = bytes.substr(part.begin, part.end - part.begin);
  if (aligned) out.spans.assign(spans.begin() + part.begin, spans.begin() + part.end);
  out.offset = offset + part.begin;
  out.aligned = aligned;
  return out;
}

void Text::assign(std::string&& new_bytes, std::vector<Span>&& new_spans) {
  if (new_bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument("a text grew to " + std::to_string(new_bytes.size()) + " bytes: 4294967295 are possible");
  }
  bytes = std::move(new_bytes);
  spans = std::move(new_spans);
}

Rewriter::Rewriter(Text& text) : text_(text) {
  bytes_.resize(text.bytes.size() + text.bytes.size() / 8 + 16);
  if (text.aligned) spans_.reserve(bytes_.size());
}

void Rewriter::grow(std::size_t more) { bytes_.resize(std::max(2 * bytes_.size(), used_ + more)); }

void Rewriter::skip() {
  if (at_ < text_.size()) at_ += utf8::length(static_cast<unsigned char>(text_.bytes[at_]));
}

void Rewriter::align(std::uint32_t size, int change) {
  Span span{text_.offset, text_.offset};  // inserted before everything
  if (change > 0) {
    if (at_ > 0) span = text_.spans[at_ - 1];
  } else {
    span = text_.spans[at_];
    for (; change <= 0; ++change) skip();
  }
  for (; size > 0; --size) spans_.push_back(span);
}

void Rewriter::keep(std::uint32_t begin, std::uint32_t end) {
  if (bytes_.size() - used_ < end - begin) grow(end - begin);
  std::copy(text_.bytes.begin() + begin, text_.bytes.begin() + end, bytes_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ += end - begin;
  if (!text_.aligned) return;
  if (at_ == begin) {
    spans_.insert(spans_.end(), text_.spans.begin() + begin, text_.spans.begin() + end);
    at_ = end;
    return;
  }
  // Characters before these were never dropped: each of these takes the place of another one.
  for (std::uint32_t at = begin; at < end;) {
    const std::uint32_t size = utf8::length(static_cast<unsigned char>(text_.bytes[at]));
    align(size, 0);
    at += size;
  }
}

void Rewriter::finish() {
  bytes_.resize(used_);
  text_.assign(std::move(bytes_), std::move(spans_));
}

}  // namespace polyvocab
