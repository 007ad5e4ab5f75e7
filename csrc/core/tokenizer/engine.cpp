#include "core/tokenizer/engine.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/tokenizer/turn_ids.h"

namespace polyvocab {
namespace {

using Lease = WorkerPool<Worker, Pipeline>::Lease;

// Texts for one turn of a thread: enough of them that the turns cost nothing, few enough that all threads end together.
constexpr std::size_t turn_bytes = 64 << 10;

struct Turns {
  std::vector<std::size_t> begins{0};
  std::size_t bytes = 0;  // of all of them

  explicit Turns(std::span<const SourceText> texts) {
    std::size_t end = turn_bytes;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      bytes += texts[i].bytes();
      if (bytes < end) continue;
      begins.push_back(i + 1);
      end = bytes + turn_bytes;
    }
    if (begins.back() != texts.size()) begins.push_back(texts.size());
  }
  std::size_t count() const { return begins.size() - 1; }
};

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
  const Turns turns(texts);
  if (turns.count() == 0) return out;
  // An array that moves costs as much again, and most texts have an id for more than two bytes. Addresses cost nothing.
  if (turns.count() > 1) out.ids.reserve(turns.bytes / 2);
  if (thread_count(threads) == 1 || turns.count() == 1) {
    const Lease worker(workers_);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (i + 1 < texts.size()) send_for(texts[i + 1]);
      pipeline_.encode(utf8_of(texts, i, *worker), encode_special_tokens, *worker, out.ids);
      out.offsets[i + 1] = static_cast<std::int64_t>(out.ids.size());
    }
    return out;
  }
  TurnIds ids(turns.count(), out.ids);
  parallel_blocks(
      static_cast<std::int64_t>(turns.count()), threads, [&] { return Lease(workers_); },
      [&](const Lease& worker, std::int64_t block) {
        const auto turn = static_cast<std::size_t>(block);
        IdBuffer own = ids.buffer();
        for (std::size_t i = turns.begins[turn]; i < turns.begins[turn + 1]; ++i) {
          if (i + 1 < texts.size()) send_for(texts[i + 1]);
          pipeline_.encode(utf8_of(texts, i, *worker), encode_special_tokens, *worker, own);
          out.offsets[i + 1] = static_cast<std::int64_t>(own.size());  // counted from the beginning of the turn, for now
        }
        ids.end(turn, std::move(own));
      });
  ids.finish(threads);
  for (std::size_t turn = 0; turn < turns.count(); ++turn) {
    const auto before = static_cast<std::int64_t>(ids.begin(turn));
    for (std::size_t i = turns.begins[turn]; i < turns.begins[turn + 1]; ++i) out.offsets[i + 1] += before;
  }
  return out;
}

std::vector<std::int64_t> Engine::count(std::span<const SourceText> texts, bool encode_special_tokens, int threads) {
  std::vector<std::int64_t> out(texts.size());
  const Turns turns(texts);
  parallel_blocks(
      static_cast<std::int64_t>(turns.count()), threads, [&] { return std::pair<Lease, IdBuffer>(workers_, IdBuffer()); },
      [&](std::pair<Lease, IdBuffer>& own, std::int64_t block) {
        const auto turn = static_cast<std::size_t>(block);
        auto& [worker, ids] = own;
        for (std::size_t i = turns.begins[turn]; i < turns.begins[turn + 1]; ++i) {
          ids.clear();
          pipeline_.encode(utf8_of(texts, i, *worker), encode_special_tokens, *worker, ids);
          out[i] = static_cast<std::int64_t>(ids.size());
        }
      });
  return out;
}

AlignedTokens Engine::encode_aligned(std::string_view text, bool encode_special_tokens) {
  const Lease worker(workers_);
  AlignedTokens out;
  pipeline_.encode(text, encode_special_tokens, *worker, out);
  return out;
}

}  // namespace polyvocab
