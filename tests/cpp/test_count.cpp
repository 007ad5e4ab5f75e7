#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/count/token_counter.h"
#include "core/count/word_counter.h"
#include "core/count/word_merge.h"
#include "core/count/word_runs.h"
#include "core/count/word_table.h"
#include "core/tokenizer/engine.h"
#include "engines.h"

using namespace polyvocab;

namespace {

namespace fs = std::filesystem;
using Counts = std::map<std::pair<std::string, std::uint32_t>, std::uint64_t>;

// An empty directory that vanishes.
class Directory {
 public:
  Directory() : path_(fs::temp_directory_path() / ("polyvocab-" + std::to_string(std::random_device{}()))) {
    fs::create_directory(path_);
  }
  ~Directory() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string name() const { return path_.string(); }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), {})); }

 private:
  fs::path path_;
};

// Few letters and all bytes, so that many words are met again, share their beginnings, and differ in zeros at their ends.
std::string random_word(std::mt19937& random) {
  std::string word;
  const bool any = random() % 4 == 0;
  for (std::size_t n = 1 + random() % (random() % 3 == 0 ? 40 : 4); n > 0; --n) {
    word += static_cast<char>(static_cast<unsigned char>(any ? random() % 256 : random() % 2 * 'a'));
  }
  return word;
}

// Adds random words to both.
void add_words(WordTable& table, Counts& counts, std::mt19937& random) {
  std::string text;
  std::vector<Span> words;
  for (std::size_t n = 1 + random() % 300; n > 0; --n) {
    const std::string word = random_word(random);
    const auto begin = static_cast<std::uint32_t>(text.size());
    words.push_back({begin, begin + static_cast<std::uint32_t>(word.size())});
    text += word;
  }
  const auto block = static_cast<std::uint32_t>(random() % 3);
  const std::uint64_t times = 1 + random() % 3;
  table.add(text, words, block, times);
  for (const auto [begin, end] : words) counts[{text.substr(begin, end - begin), block}] += times;
}

Counts all_of(WordSource& source) {
  Counts out;
  WordCount last;
  std::string word;
  while (source.next()) {
    const WordCount& entry = source.current();
    CHECK((out.empty() || last < entry));
    out[{std::string(entry.word), entry.block}] = entry.count;
    word = entry.word;
    last = {word, entry.block, entry.count};
  }
  return out;
}

}  // namespace

TEST_CASE("a table counts words in blocks and gives them in the order of their bytes") {
  std::mt19937 random(1);
  WordTable table;
  Counts counts, found;
  for (int i = 0; i < 300; ++i) {
    const std::size_t expected = table.memory_with(300, 300 * 40);
    add_words(table, counts, random);
    CHECK(table.memory() <= expected);
  }
  CHECK(table.size() == counts.size());
  table.for_each([&](const WordCount& entry) { found[{std::string(entry.word), entry.block}] += entry.count; });
  CHECK(found == counts);
  const auto sorted = table.take_sorted();
  CHECK(all_of(*sorted) == counts);
  CHECK(table.size() == 0);
  add_words(table, counts, random);  // and begins anew
  CHECK(table.size() > 0);
}

TEST_CASE("runs come back from the disk as they were written, however many there are") {
  std::mt19937 random(2);
  const Directory directory;
  {
    WordRuns runs(directory.name());
    WordTable table;
    Counts counts;
    CHECK(runs.empty());
    for (std::size_t i = 0; i < WordRuns::fan_in * (WordRuns::fan_in + 3) + 5; ++i) {
      if (i % 100 == 0) add_words(table, counts, random);
      const std::string word = random_word(random);
      table.add(word, std::vector<Span>{{0, static_cast<std::uint32_t>(word.size())}}, 0, 1);
      ++counts[{word, 0}];
      runs.add(*table.take_sorted());
      CHECK(directory.files() < 3 * WordRuns::fan_in);
    }
    CHECK_FALSE(runs.empty());
    auto sources = runs.take();
    CHECK(sources.size() < WordRuns::fan_in);
    WordMerge merge(std::move(sources));
    CHECK(all_of(merge) == counts);
  }
  CHECK(directory.files() == 0);
}

TEST_CASE("what the disk does not take is an error that names the file") {
  const auto error_of = [](const auto& body) {
    try {
      body();
    } catch (const FileError& error) {
      return std::pair(error.code().value(), fs::path(error.path()).filename().string());
    }
    return std::pair(0, std::string());
  };
  const Directory directory;
  WordTable table;
  const std::string word(1 << 17, 'x');
  const auto fill = [&] {
    table.add(word, std::vector<Span>{{0, 1 << 17}}, 0, 1);
    return table.take_sorted();
  };
  fs::create_symlink("/dev/full", directory / "run-0");
  WordRuns runs(directory.name());
  CHECK(error_of([&] { runs.add(*fill()); }) == std::pair(ENOSPC, std::string("run-0")));
  CHECK(error_of([&] { WordRuns::write(directory / "absent/run", *fill()); }) == std::pair(ENOENT, std::string("run")));

  const std::string path = directory / "cut";
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, (std::size_t{1} << 17) + 4}) {
    WordRuns::write(path, *fill());
    fs::resize_file(path, size);
    CHECK(error_of([&] { WordFormat(std::make_shared<const RunFile>(path)).next(); }) == std::pair(EIO, std::string("cut")));
  }
}

TEST_CASE("counts do not depend on the limit of memory, the threads and the order, and are those of the ids") {
  auto documents = polyvocab::documents();
  // More words than a small table holds.
  for (unsigned i = 0; i < 2400; ++i) documents.push_back(" b" + std::to_string(i * 7919));
  constexpr std::size_t token_count = 1001;
  for (const auto& make : {ranks, pieces, scores}) {
    Engine engine(make());
    std::vector<std::string_view> texts(documents.begin(), documents.end());
    const std::vector<SourceText> sources(documents.begin(), documents.end());
    const auto ids = engine.encode(sources, false, 1);
    std::vector<std::uint64_t> expected(token_count);
    for (const TokenId id : ids.ids.ids()) ++expected[id];
    for (const std::uint32_t blocks : {1u, 5u}) {
      Counts counts;
      BlockTotals totals{{}};
      for (const std::size_t share : {std::size_t{1} << 29, std::size_t{100} << 10}) {
        for (const int threads : {1, 3}) {
          const std::size_t limit = share * static_cast<std::size_t>(threads);
          const Directory directory;
          WordCounter words(engine.pipeline(), {blocks, {1000}}, limit, threads, directory.name());
          TokenCounter tokens(engine.pipeline(), {1000}, token_count, limit, threads);
          {
            std::vector<std::jthread> pool;
            const std::size_t part = texts.size() / 6;
            for (std::size_t i = 0; i < 6; ++i) {
              pool.emplace_back([&, i] {
                words.add(std::span(texts).subspan(i * part, part));
                tokens.add(std::span(texts).subspan(i * part, part));
              });
            }
          }
          CHECK(tokens.finish() == expected);
          const auto source = words.finish();
          CHECK(words.has_spilled() == (share < 1 << 20));
          const Counts found = all_of(*source);
          const BlockTotals met = words.totals();
          if (counts.empty()) {
            counts = found;
            totals = met;
          }
          CHECK(found == counts);
          CHECK((met.documents == totals.documents && met.bytes == totals.bytes && met.added == totals.added));
          std::ranges::reverse(texts);
        }
      }
      Vocabulary all{std::vector<std::string>{}};
      std::vector<std::uint64_t> times;
      for (const auto& [key, count] : counts) {
        all.bytes += key.first;
        all.offsets.push_back(all.bytes.size());
        times.push_back(count);
      }
      auto of_words = tokens_of_words(engine.pipeline().model(), all.strings(), times, token_count, 2);
      for (const std::uint64_t count : totals.added) of_words[1000] += count;
      CHECK(of_words == expected);
    }
  }
}
