#include "core/tokenizer/engine.h"

#include <algorithm>

#include "core/parallel.h"

namespace polyvocab {
namespace {

// Texts for one turn of a thread: enough of them that the turns cost nothing, few enough that all threads end together.
constexpr std::size_t turn_bytes = 64 << 10;

std::vector<std::size_t> turns(std::span<const SourceText> texts) {
  std::vector<std::size_t> begins{0};
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    bytes += texts[i].bytes();
    if (bytes < turn_bytes) continue;
    begins.push_back(i + 1);
    bytes = 0;
  }
  if (begins.back() != texts.size()) begins.push_back(texts.size());
  return begins;
}

// The beginning of a text, from memory that is far away.
void send_for(const SourceText& text) {
  constexpr std::size_t line = 64, most = 2048;
  for (std::size_t at = 0; at < std::min(text.bytes(), most); at += line) {
    __builtin_prefetch(static_cast<const char*>(text.data()) + at);
  }
}

std::string_view utf8_of(std::span<const SourceText> texts, std::size_t index, Worker& worker) {
  if (const auto text = texts[index].utf8(worker.text)) return *text;
  throw NoText{index};
}

}  // namespace

EncodedTexts Engine::encode(std::span<const SourceText> texts, bool encode_special_tokens, int threads) {
  EncodedTexts out;
  out.offsets.assign(texts.size() + 1, 0);
  const auto begins = turns(texts);
  const std::size_t count = begins.size() - 1;
  if (count == 0) return out;
  if (thread_count(threads) == 1 || count == 1) {
    const WorkerPool<Worker, Pipeline>::Lease worker(workers_);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      // What the first turn has tells how many ids there will be, about; twice that, since an array that grows may be copied.
      if (i == begins[1]) out.ids.reserve(out.ids.size() * count * 2);
      if (i + 1 < texts.size()) send_for(texts[i + 1]);
      pipeline_.encode(utf8_of(texts, i, *worker), encode_special_tokens, *worker, out.ids);
      out.offsets[i + 1] = static_cast<std::int64_t>(out.ids.size());
    }
    return out;
  }
  std::vector<IdBuffer> parts(count);
  parallel_blocks(static_cast<std::int64_t>(count), threads, [&](std::int64_t turn) {
    const WorkerPool<Worker, Pipeline>::Lease worker(workers_);
    IdBuffer& part = parts[static_cast<std::size_t>(turn)];
    for (std::size_t i = begins[static_cast<std::size_t>(turn)]; i < begins[static_cast<std::size_t>(turn) + 1]; ++i) {
      pipeline_.encode(utf8_of(texts, i, *worker), encode_special_tokens, *worker, part);
      out.offsets[i + 1] = static_cast<std::int64_t>(part.size());  // counted from the beginning of the turn, for now
    }
  });
  std::size_t total = 0;
  for (std::size_t turn = 0; turn < count; ++turn) {
    for (std::size_t i = begins[turn]; i < begins[turn + 1]; ++i) out.offsets[i + 1] += static_cast<std::int64_t>(total);
    total += parts[turn].size();
  }
  TokenId* to = out.ids.room(total);
  out.ids.wrote(total);
  parallel_blocks(static_cast<std::int64_t>(count), threads, [&](std::int64_t turn) {
    const auto ids = parts[static_cast<std::size_t>(turn)].ids();
    std::copy(ids.begin(), ids.end(), to + out.offsets[begins[static_cast<std::size_t>(turn)]]);
  });
  return out;
}

std::vector<std::int64_t> Engine::count(std::span<const SourceText> texts, bool encode_special_tokens, int threads) {
  std::vector<std::int64_t> out(texts.size());
  const auto begins = turns(texts);
  parallel_blocks(static_cast<std::int64_t>(begins.size() - 1), threads, [&](std::int64_t turn) {
    const WorkerPool<Worker, Pipeline>::Lease worker(workers_);
    for (std::size_t i = begins[static_cast<std::size_t>(turn)]; i < begins[static_cast<std::size_t>(turn) + 1]; ++i) {
      IdBuffer ids;
      pipeline_.encode(utf8_of(texts, i, *worker), encode_special_tokens, *worker, ids);
      out[i] = static_cast<std::int64_t>(ids.size());
    }
  });
  return out;
}

AlignedTokens Engine::encode_aligned(std::string_view text, bool encode_special_tokens) {
  const WorkerPool<Worker, Pipeline>::Lease worker(workers_);
  AlignedTokens out;
  pipeline_.encode(text, encode_special_tokens, *worker, out);
  return out;
}

}  // namespace polyvocab
