#include "core/encoding/encoding.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <type_traits>

namespace polyvocab {
namespace {

template <class T>
void add_all(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void append_spans(std::vector<Span>& to, const std::vector<Span>& from, std::uint32_t shift) {
  to.reserve(to.size() + from.size());
  for (const Span& span : from) {
    if (std::max(span.begin, span.end) > std::numeric_limits<std::uint32_t>::max() - shift) {
      throw std::invalid_argument("merged offsets of 2^32 or more");
    }
    to.push_back({span.begin + shift, span.end + shift});
  }
}

// A sequence that comes again is found where it came last.
void set_range(std::vector<SequenceRange>& ranges, const SequenceRange& range) {
  const auto at = std::lower_bound(ranges.begin(), ranges.end(), range,
                                   [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  if (at != ranges.end() && at->sequence == range.sequence) {
    *at = range;
  } else {
    ranges.insert(at, range);
  }
}

}  // namespace

void Encoding::insert_at_end(const InsertedToken& token, std::uint32_t type_id, bool attended, std::size_t count) {
  if (token.surface) {
    for (std::size_t i = 0; i < count; ++i) surfaces.push_back({static_cast<std::uint32_t>(size() + i), *token.surface});
  }
  const std::size_t total = size() + count;
  ids.resize(total, token.id);
  type_ids.resize(total, type_id);
  spans.resize(total);
  word_ids.resize(total, no_word);
  special_tokens_mask.resize(total, 1);
  attention_mask.resize(total, attended ? 1 : 0);
}

void Encoding::set_sequence(std::size_t sequence) { set_range(sequence_ranges, {sequence, 0, size()}); }

Encoding Encoding::slice(std::size_t begin, std::size_t end) const {
  const auto cut = [&](const auto& column) {
    using Column = std::decay_t<decltype(column)>;
    return Column(column.begin() + static_cast<std::ptrdiff_t>(begin), column.begin() + static_cast<std::ptrdiff_t>(end));
  };
  Encoding part;
  part.ids = cut(ids);
  part.type_ids = cut(type_ids);
  part.spans = cut(spans);
  part.word_ids = cut(word_ids);
  part.special_tokens_mask = cut(special_tokens_mask);
  part.attention_mask = cut(attention_mask);
  auto at = std::lower_bound(surfaces.begin(), surfaces.end(), begin,
                             [](const Surface& surface, std::size_t token) { return surface.token < token; });
  for (; at != surfaces.end() && at->token < end; ++at) {
    part.surfaces.push_back({at->token - static_cast<std::uint32_t>(begin), at->string});
  }
  return part;
}

void Encoding::append(const Encoding& other, bool growing_offsets) {
  std::vector<Encoding> combined;
  const auto combine = [&](const Encoding& first, const Encoding& second) {
    combined.push_back(first);
    combined.back().append(second, growing_offsets);
  };
  for (const Encoding& mine : overflowing) {
    combine(mine, other);
    for (const Encoding& its : other.overflowing) combine(mine, its);
  }
  for (const Encoding& its : other.overflowing) combine(*this, its);

  const std::size_t before = size();
  for (const auto& range : other.sequence_ranges) {
    set_range(sequence_ranges, {range.sequence, before + range.begin, before + range.end});
  }
  for (const auto& surface : other.surfaces) {
    surfaces.push_back({static_cast<std::uint32_t>(before + surface.token), surface.string});
  }
  add_all(ids, other.ids);
  add_all(type_ids, other.type_ids);
  append_spans(spans, other.spans, growing_offsets && !spans.empty() ? spans.back().end : 0);
  add_all(word_ids, other.word_ids);
  add_all(special_tokens_mask, other.special_tokens_mask);
  add_all(attention_mask, other.attention_mask);
  overflowing = std::move(combined);
}

Encoding merge(std::vector<Encoding> encodings, bool growing_offsets) {
  if (encodings.empty()) return {};
  Encoding merged = std::move(encodings.front());
  for (std::size_t i = 1; i < encodings.size(); ++i) merged.append(encodings[i], growing_offsets);
  return merged;
}

}  // namespace polyvocab
