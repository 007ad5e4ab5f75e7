#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/models/double_array.h"
#include "vocabulary.h"

using namespace polyvocab;

TEST_CASE("a trie finds every key, and nothing else") {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    // Few bytes make deep tries with many equal keys; all 256 fill whole blocks.
    const int alphabet = round % 3 == 0 ? 2 : round % 3 == 1 ? 20 : 256;
    const auto string = [&] {
      std::string made(random() % 7, '\0');
      for (char& c : made) c = static_cast<char>(random() % static_cast<unsigned>(alphabet));
      return made;
    };
    std::vector<std::string> keys(random() % 3000);
    std::generate(keys.begin(), keys.end(), string);
    const Vocabulary vocabulary(keys);
    const DoubleArray trie(vocabulary.strings());
    std::map<std::string, std::uint32_t> expected;
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      if (!keys[i].empty()) expected[keys[i]] = i + 1;
    }
    const auto is_replaced = [&](std::uint32_t i) { return !keys[i].empty() && expected.at(keys[i]) != i + 1; };
    std::uint32_t replaced = 0;
    while (replaced < keys.size() && !is_replaced(replaced)) ++replaced;
    CHECK(trie.first_replaced().value_or(static_cast<std::uint32_t>(keys.size())) == replaced);
    for (const auto& [key, value] : expected) CHECK(trie.find(key).key() == value);
    for (int i = 0; i < 3000; ++i) {
      const std::string probe = string() + string();
      const auto found = expected.find(probe);
      CHECK(trie.find(probe).key() == (found == expected.end() ? 0 : found->second));
    }
  }
}

TEST_CASE("a trie over some of the strings") {
  const Vocabulary vocabulary({"a", "ab", "b", "abc"});
  const DoubleArray trie(vocabulary.strings(), {3, 0});
  CHECK(trie.find("a").key() == 1);
  CHECK(trie.find("abc").key() == 4);
  CHECK(trie.find("ab").key() == 0);
  CHECK(trie.find("b").key() == 0);
  CHECK(trie.find("").children == trie.root());
}

TEST_CASE("an empty trie, and walks that go on behind a leaf") {
  const DoubleArray empty(Vocabulary({}).strings());
  const DoubleArray leaf(Vocabulary({"x"}).strings());
  const std::uint32_t behind = leaf.find("x").children;
  for (int byte = 0; byte < 256; ++byte) {
    const auto b = static_cast<unsigned char>(byte);
    CHECK(!empty.child(empty.root(), b).is(b));
    CHECK(!leaf.child(behind, b).is(b));
    CHECK(leaf.child(leaf.root(), b).is(b) == (byte == 'x'));
  }
}

TEST_CASE("more strings than keys can be numbered") {
  const std::vector<std::uint64_t> offsets(DoubleArray::max_keys + 2ull);
  CHECK_THROWS_AS(DoubleArray(Strings{"", offsets.data(), offsets.size() - 1}), std::invalid_argument);
}
