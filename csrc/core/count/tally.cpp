#include "core/count/tally.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/hash.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

constexpr std::size_t batch = 128;

void add_all(std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

BlockTotals::BlockTotals(const TallyLayout& layout)
    : documents(layout.blocks), bytes(layout.blocks), characters(layout.blocks),
      added(layout.blocks * layout.added.size()) {}

void BlockTotals::add(const BlockTotals& other) {
  add_all(documents, other.documents);
  add_all(bytes, other.bytes);
  add_all(characters, other.characters);
  add_all(added, other.added);
}

Tally::Tally(const Pipeline& pipeline, const TallyLayout& layout, std::size_t memory_limit, EmptyWords empty_words)
    : pipeline_(pipeline), layout_(layout), memory_limit_(memory_limit), empty_words_(std::move(empty_words)), totals_(layout) {
  for (std::size_t i = 0; i < layout.added.size(); ++i) added_.emplace(layout.added[i], i);
}

void Tally::add(std::string_view document) {
  if (document.empty()) return;
  block_ = layout_.blocks == 1 ? 0 : static_cast<std::uint32_t>(fold_into(hash_bytes(document), layout_.blocks));
  ++totals_.documents[block_];
  totals_.bytes[block_] += document.size();
  totals_.characters[block_] += utf8::count(document);
  pipeline_.walk(document, false, walk_, *this);
}

void Tally::cut_chunks() {
  const std::uint32_t block = std::exchange(block_, 0);
  is_cutting_ = true;
  chunks_.for_each([&](const WordCount& chunk) {
    block_ = chunk.block;
    times_ = chunk.count;
    pipeline_.walk_chunk(chunk.word, cut_, *this);
  });
  chunks_.clear();
  is_cutting_ = false;
  times_ = 1;
  block_ = block;
}

void Tally::token(TokenId id) { ++totals_.added[block_ * layout_.added.size() + added_.at(id)]; }

void Tally::words(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends) {
  add_to(words_, text, begin, ends);
}

void Tally::words(std::string_view text, std::span<const Span> words) {
  for (; !words.empty(); words = words.subspan(std::min(batch, words.size()))) {
    add_to(words_, text, words.first(std::min(batch, words.size())));
  }
}

void Tally::chunks(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends) {
  add_to(chunks_, text, begin, ends);
}

// Empties the larger table; false where there is nothing to empty.
bool Tally::make_room() {
  if (!is_cutting_ && chunks_.size() > 0 && chunks_.memory() >= words_.memory()) {
    cut_chunks();
    return true;
  }
  if (words_.size() == 0) return false;
  empty_words_(words_);
  return true;
}

void Tally::add_to(WordTable& table, std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends) {
  std::array<Span, batch> words;
  while (!ends.empty()) {
    const std::size_t count = std::min(batch, ends.size());
    for (std::size_t i = 0; i < count; ++i) begin = (words[i] = {begin, ends[i]}).end;
    add_to(table, text, std::span(words).first(count));
    ends = ends.subspan(count);
  }
}

void Tally::add_to(WordTable& table, std::string_view text, std::span<const Span> words) {
  if (words.empty()) return;
  const std::size_t bytes = words.back().end - words.front().begin;
  const WordTable& other = &table == &words_ ? chunks_ : words_;
  while (table.memory_with(words.size(), bytes) + other.memory() > memory_limit_ && make_room()) continue;
  table.add(text, words, block_, times_);
}

}  // namespace polyvocab
