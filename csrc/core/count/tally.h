// What one thread has met in documents: words, chunks of raw text, added tokens.
//
// Promises: every word, chunk and added token of a document is counted once, in the block that its bytes choose, so that
// blocks do not depend on the order of documents. Where the memory of its words and chunks would pass its limit, it first cuts
// its chunks, or asks its owner to take its words.
// Does not: keep the limit for a single batch of words (at most 128, or one word) that is larger by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/count/word_table.h"
#include "core/tokenizer/pipeline.h"

namespace polyvocab {

// What a count is about.
struct TallyLayout {
  std::uint32_t blocks = 1;
  std::vector<TokenId> added;  // the ids of added tokens
};

// What was met in each block, but for words.
struct BlockTotals {
  std::vector<std::uint64_t> documents, bytes, characters;  // [blocks]; documents that are not empty
  std::vector<std::uint64_t> added;             // [blocks, added tokens]

  explicit BlockTotals(const TallyLayout& layout);
  void add(const BlockTotals& other);
};

class Tally final : public WordSink {
 public:
  // Takes all words of a table that is full.
  using EmptyWords = std::function<void(WordTable&)>;

  // `pipeline` and `layout` must live as long.
  Tally(const Pipeline& pipeline, const TallyLayout& layout, std::size_t memory_limit, EmptyWords empty_words);
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  // Expects valid UTF-8.
  void add(std::string_view document);
  // Counts the words of all chunks instead of these.
  void cut_chunks();

  WordTable& word_table() { return words_; }
  const BlockTotals& totals() const { return totals_; }

  void token(TokenId id) override;
  void words(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends) override;
  void words(std::string_view text, std::span<const Span> words) override;
  void chunks(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends) override;

 private:
  const Pipeline& pipeline_;
  const TallyLayout& layout_;
  std::unordered_map<TokenId, std::size_t> added_;  // id -> its place
  std::size_t memory_limit_;
  EmptyWords empty_words_;
  WordTable words_, chunks_;
  BlockTotals totals_;
  WalkMemory walk_, cut_;
  std::uint32_t block_ = 0;   // of the document, or of the chunk that is cut
  std::uint64_t times_ = 1;
  bool is_cutting_ = false;

  bool make_room();
  void add_to(WordTable& table, std::string_view text, std::span<const Span> words);
  void add_to(WordTable& table, std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends);
};

}  // namespace polyvocab
