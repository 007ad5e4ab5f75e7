// Asks for the parts of every token, on several threads, and puts the answers together by id.
#pragma once

#include <algorithm>
#include <stdexcept>

#include "core/parallel.h"
#include "core/trim/token_parts.h"

namespace polyvocab {

// `make()` gives what a thread works with; `work(index, parts)` appends the parts of the token with this index in `ids` and
// returns its kind.
template <class Make>
TokenParts collect_parts(std::span<const TokenId> ids, TokenId size, int threads, Make&& make) {
  constexpr std::uint32_t none = 0xFFFFFFFF;
  constexpr std::size_t block_size = 4096;
  std::vector<std::uint32_t> index(size, none);
  for (std::uint32_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= size) throw std::invalid_argument("an id is not below the size of the vocabulary");
    index[ids[i]] = i;
  }
  const std::size_t blocks = (size + block_size - 1) / block_size;
  std::vector<std::vector<TokenId>> found(blocks);
  TokenParts out;
  out.kinds.assign(size, static_cast<std::uint8_t>(TokenKind::absent));
  out.indptr.assign(size + std::size_t{1}, 0);
  parallel_blocks(static_cast<std::int64_t>(blocks), threads, [&](std::int64_t block) {
    auto work = make();
    auto& parts = found[static_cast<std::size_t>(block)];
    const std::size_t begin = static_cast<std::size_t>(block) * block_size, end = std::min<std::size_t>(size, begin + block_size);
    for (std::size_t id = begin; id < end; ++id) {
      const std::size_t before = parts.size();
      if (index[id] != none) out.kinds[id] = static_cast<std::uint8_t>(work(index[id], parts));
      out.indptr[id + 1] = static_cast<std::int64_t>(parts.size() - before);
    }
  });
  for (std::size_t id = 0; id < size; ++id) out.indptr[id + 1] += out.indptr[id];
  out.parts.reserve(static_cast<std::size_t>(out.indptr.back()));
  for (const auto& parts : found) out.parts.insert(out.parts.end(), parts.begin(), parts.end());
  return out;
}

}  // namespace polyvocab
