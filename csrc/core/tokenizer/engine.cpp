#include "core/tokenizer/engine.h"

#include <algorithm>
#include <mutex>

#include "core/large_pages.h"
#include "core/parallel.h"

namespace polyvocab {
namespace {

// Texts for one turn of a thread: enough of them that the turns cost nothing, few enough that all threads end together.
constexpr std::size_t turn_bytes = 64 << 10;

std::vector<std::size_t> turns(std::span<const std::string_view> texts) {
  std::vector<std::size_t> begins{0};
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    bytes += texts[i].size();
    if (bytes < turn_bytes) continue;
    begins.push_back(i + 1);
    bytes = 0;
  }
  if (begins.back() != texts.size()) begins.push_back(texts.size());
  return begins;
}

// The beginning of a text, from memory that is far away.
void send_for(std::string_view text) {
  constexpr std::size_t line = 64, most = 2048;
  for (std::size_t at = 0; at < std::min(text.size(), most); at += line) __builtin_prefetch(text.data() + at);
}

// The ids of turns, each in one piece, in a few large blocks: many small ones would go back to the system after each call.
class TurnIds {
 public:
  std::span<const TokenId> keep(std::span<const TokenId> ids) {
    const std::span<TokenId> kept = room(ids.size());
    std::copy(ids.begin(), ids.end(), kept.begin());
    return kept;
  }

 private:
  static constexpr std::size_t block_ids = std::size_t{1} << 20;
  std::mutex guard_;
  std::vector<ZeroedArray<TokenId>> blocks_;
  std::size_t used_ = 0;  // of the last block

  std::span<TokenId> room(std::size_t count) {
    const std::lock_guard lock(guard_);
    if (blocks_.empty() || blocks_.back().size() - used_ < count) {
      const std::size_t size = std::max(block_ids, count);
      blocks_.emplace_back(size, size);
      used_ = 0;
    }
    used_ += count;
    return {blocks_.back().data() + used_ - count, count};
  }
};

}  // namespace

EncodedTexts Engine::encode(std::span<const std::string_view> texts, bool encode_special_tokens, int threads) {
  EncodedTexts out;
  out.offsets.assign(texts.size() + 1, 0);
  const auto begins = turns(texts);
  const std::size_t count = begins.size() - 1;
  if (thread_count(threads) == 1 || count <= 1) {
    const WorkerPool::Lease worker(workers_);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (i + 1 < texts.size()) send_for(texts[i + 1]);
      pipeline_.encode(texts[i], encode_special_tokens, *worker, out.ids);
      out.offsets[i + 1] = static_cast<std::int64_t>(out.ids.size());
    }
    return out;
  }
  TurnIds kept;
  std::vector<std::span<const TokenId>> parts(count);
  parallel_blocks(static_cast<std::int64_t>(count), threads, [&](std::int64_t turn) {
    const WorkerPool::Lease worker(workers_);
    IdBuffer& part = (*worker).turn_ids;
    part.clear();
    for (std::size_t i = begins[static_cast<std::size_t>(turn)]; i < begins[static_cast<std::size_t>(turn) + 1]; ++i) {
      pipeline_.encode(texts[i], encode_special_tokens, *worker, part);
      out.offsets[i + 1] = static_cast<std::int64_t>(part.size());  // counted from the beginning of the turn, for now
    }
    parts[static_cast<std::size_t>(turn)] = kept.keep(part.ids());
    if (part.size() > turn_bytes) part = {};  // one long text
  });
  std::size_t total = 0;
  for (std::size_t turn = 0; turn < count; ++turn) {
    for (std::size_t i = begins[turn]; i < begins[turn + 1]; ++i) out.offsets[i + 1] += static_cast<std::int64_t>(total);
    total += parts[turn].size();
  }
  TokenId* to = out.ids.room(total);
  out.ids.wrote(total);
  parallel_blocks(static_cast<std::int64_t>(count), threads, [&](std::int64_t turn) {
    const auto ids = parts[static_cast<std::size_t>(turn)];
    std::copy(ids.begin(), ids.end(), to + out.offsets[begins[static_cast<std::size_t>(turn)]]);
  });
  return out;
}

std::vector<std::int64_t> Engine::count(std::span<const std::string_view> texts, bool encode_special_tokens, int threads) {
  std::vector<std::int64_t> out(texts.size());
  const auto begins = turns(texts);
  parallel_blocks(static_cast<std::int64_t>(begins.size() - 1), threads, [&](std::int64_t turn) {
    const WorkerPool::Lease worker(workers_);
    for (std::size_t i = begins[static_cast<std::size_t>(turn)]; i < begins[static_cast<std::size_t>(turn) + 1]; ++i) {
      IdBuffer ids;
      pipeline_.encode(texts[i], encode_special_tokens, *worker, ids);
      out[i] = static_cast<std::int64_t>(ids.size());
    }
  });
  return out;
}

AlignedTokens Engine::encode_aligned(std::string_view text, bool encode_special_tokens) {
  const WorkerPool::Lease worker(workers_);
  AlignedTokens out;
  pipeline_.encode(text, encode_special_tokens, *worker, out);
  return out;
}

}  // namespace polyvocab
