#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <unistd.h>

#include "core/replay/event_arrays.h"
#include "core/replay/stepwise.h"
#include "core/replay/word_replay.h"
#include "core/string_block.h"

using namespace polyvocab;
namespace fs = std::filesystem;

namespace {

using Key = std::tuple<TokenId, TokenId, std::uint32_t, std::uint32_t>;
using Found = std::map<Key, std::int64_t>;

// Words over three letters, in two blocks, and merges of any pairs of what is there.
struct Input {
  StringBlock tokens, words;
  std::vector<TokenId> ids;
  std::vector<MergeStep> steps;
  std::vector<std::uint64_t> indptr{0}, count;
  std::vector<std::uint32_t> block;

  Input(std::mt19937& random, std::size_t most_words) {
    std::vector<std::string> texts{"a", "b", "c"};
    for (std::size_t n = random() % 40; n > 0; --n) {
      const auto left = static_cast<TokenId>(random() % texts.size()), right = static_cast<TokenId>(random() % texts.size());
      if (texts[left].size() + texts[right].size() > 12) continue;
      steps.push_back({left, right, static_cast<TokenId>(texts.size())});
      texts.push_back(texts[left] + texts[right]);
    }
    for (const auto& text : texts) {
      tokens.bytes += text;
      tokens.end_string();
      ids.push_back(static_cast<TokenId>(ids.size()));
    }
    std::set<std::string> some;
    while (some.size() < most_words) {
      std::string word;
      for (std::size_t n = 1 + random() % 90; n > 0; --n) word += static_cast<char>('a' + random() % 4 % 3);
      some.insert(word);
    }
    for (const auto& word : some) {
      words.bytes += word;
      words.end_string();
      for (std::uint32_t b = static_cast<std::uint32_t>(random() % 2); b < 2; ++b) {
        block.push_back(b);
        count.push_back(1 + random() % 5);
      }
      indptr.push_back(block.size());
    }
  }

  CountedWords counted() const { return {words.view(), indptr, block, count, 2}; }
  TrainedMerges merges(bool overlapping) const {
    TrainedMerges::Options options;
    options.spelling.spelt = Spelt::in_bytes;
    options.overlapping = overlapping;
    return TrainedMerges(tokens.view(), ids, steps, options);
  }
};

Found all_of(EventSource& source) {
  Found out;
  PairEvent last;
  for (bool is_first = true; source.next(); is_first = false) {
    const PairEvent& event = source.current();
    CHECK((is_first || last < event));
    last = event;
    if (event.change != 0) out[{event.left(), event.right(), event.state(), event.column()}] = event.change;
  }
  return out;
}

// The same, step by step for each word.
Found long_way(const Input& input, const TrainedMerges& merges) {
  Found out;
  Stepwise stepwise(merges.steps(), merges.overlapping());
  std::vector<TokenId> symbols;
  for (std::size_t word = 0; word < input.words.view().count; ++word) {
    merges.symbols().for_each_run(input.words.view()[word], symbols, [&](std::string_view, std::span<const TokenId> run) {
      for (const auto& [pair, state, change] : stepwise.run(run)) {
        for (auto j = input.indptr[word]; j < input.indptr[word + 1]; ++j) {
          out[{static_cast<TokenId>(pair >> 32), static_cast<TokenId>(pair), state, input.block[j]}] +=
              change * static_cast<std::int64_t>(input.count[j]);
        }
      }
    });
  }
  std::erase_if(out, [](const auto& item) { return item.second == 0; });
  return out;
}

std::string new_directory() {
  std::string name = (fs::temp_directory_path() / "polyvocab-test-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  return name;
}

}  // namespace

TEST_CASE("the short way gives what the long way gives") {
  std::mt19937 random(1);
  std::size_t short_ways = 0;
  for (int i = 0; i < 300; ++i) {
    const Input input(random, 12);
    const TrainedMerges merges = input.merges(i % 2 == 0);
    WordReplay replay(merges, input.counted(), std::size_t{1} << 24, 1, "");
    replay.add(0, input.words.view().count);
    CHECK(all_of(*replay.finish()) == long_way(input, merges));
    short_ways += merges.histories() != nullptr;
  }
  CHECK(short_ways > 50);
}

TEST_CASE("events do not depend on threads and memory, and nothing is left on the disk") {
  std::mt19937 random(2);
  const std::string directory = new_directory();
  for (int i = 0; i < 6; ++i) {
    const Input input(random, 5000);
    const TrainedMerges merges = input.merges(i % 2 == 0);
    const Found expected = long_way(input, merges);
    for (const auto& [threads, limit] : {std::pair(1, 50'000), std::pair(4, 100'000), std::pair(3, 1 << 24)}) {
      {
        WordReplay replay(merges, input.counted(), static_cast<std::size_t>(limit), threads, directory);
        for (std::size_t begin = 0; begin < 5000; begin += 2500) replay.add(begin, begin + 2500);
        CHECK(all_of(*replay.finish()) == expected);
      }
      CHECK(fs::is_empty(directory));
    }
  }
  fs::remove(directory);
}

TEST_CASE("a folder that is not there is an error that names the file") {
  std::mt19937 random(3);
  const Input input(random, 5000);
  const TrainedMerges merges = input.merges(true);
  WordReplay replay(merges, input.counted(), 1000, 2, "/nowhere/at/all");
  try {
    replay.add(0, 5000);
    CHECK(false);
  } catch (const FileError& error) {
    CHECK(error.code().value() == ENOENT);
    CHECK(error.path().starts_with("/nowhere/at/all/run-"));
  }
}

TEST_CASE("a step that makes a part of its own is refused") {
  CHECK_THROWS_AS(MergeSteps({{1, 2, 3}, {4, 5, 5}}), std::invalid_argument);
}

TEST_CASE("events of parts are added up") {
  EventColumns one, other;
  one.add(0, 1, 5);
  one.add(2, 0, -5);
  one.end_pair(1, 7);
  one.add(0, 0, 3);
  one.end_pair(70'000, 2);
  other.add(0, 1, 1);
  other.add(2, 0, 5);
  other.end_pair(1, 7);
  other.add(0, 0, -3);
  other.end_pair(70'000, 2);
  const EventArrays parts[] = {one.view(), other.view()};
  const EventColumns sum = add_events(parts, 2);
  CHECK(sum.pairs == std::vector<TokenId>{1, 7});
  CHECK(sum.indptr == std::vector<std::int64_t>{0, 1});
  CHECK(sum.change == std::vector<std::int64_t>{6});
}
