// A pipeline for many texts and many threads.
//
// Promises: ids in the order of the texts, whatever the number of threads. Thread safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/tokenizer/id_buffer.h"
#include "core/tokenizer/pipeline.h"
#include "core/tokenizer/source_text.h"
#include "core/worker_pool.h"

namespace polyvocab {

struct EncodedTexts {
  IdBuffer ids;                       // of all texts, one after the other
  std::vector<std::int64_t> offsets;  // [texts + 1]
};

class Engine {
 public:
  explicit Engine(Parts parts) : pipeline_(std::move(parts)), workers_(pipeline_) {}

  // Expects valid UTF-8, or throws NoText.
  EncodedTexts encode(std::span<const SourceText> texts, bool encode_special_tokens, int threads);
  AlignedTokens encode_aligned(std::string_view text, bool encode_special_tokens);
  // How many ids each text has.
  std::vector<std::int64_t> count(std::span<const SourceText> texts, bool encode_special_tokens, int threads);

  const Pipeline& pipeline() const { return pipeline_; }

 private:
  Pipeline pipeline_;
  WorkerPool<Worker, Pipeline> workers_;
};

}  // namespace polyvocab
