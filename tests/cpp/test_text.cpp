#include <doctest/doctest.h>

#include <vector>

#include "core/normalizer/text.h"

using namespace polyvocab;

namespace {

using Spans = std::vector<Span>;

Text aligned(std::string_view text, std::uint32_t offset = 0) { return {text, offset, true}; }

}  // namespace

TEST_CASE("every byte of a character carries the range of the character") {
  const Text text = aligned("a\u00E9b", 10);
  CHECK(text.spans == Spans{{10, 11}, {11, 13}, {11, 13}, {13, 14}});
  CHECK(text.origin(3) == 13);
  CHECK(Text("abc", 10, false).spans.empty());
  CHECK(Text("abc", 10, false).origin(2) == 12);
}

TEST_CASE("a slice keeps what its bytes stand for") {
  const Text slice = aligned("a\u00E9b", 10).slice({1, 4});
  CHECK(slice.bytes == "\u00E9b");
  CHECK(slice.spans == Spans{{11, 13}, {11, 13}, {13, 14}});
  CHECK(Text("abc", 10, false).slice({1, 3}).origin(0) == 11);
}

TEST_CASE("put characters take, follow or drop old ones") {
  Text text = aligned("ab\u00E9cd", 5);
  Rewriter rewriter(text);
  rewriter.put('x', -1);      // for a, and b goes
  rewriter.put(U'\u4E2D', 0);  // for e with acute
  rewriter.put('y', 1);       // of its own
  rewriter.put('z', 0);       // for c; d goes, as nothing takes it
  rewriter.finish();
  CHECK(text.bytes == "x\u4E2Dyz");
  CHECK(text.spans == Spans{{5, 6}, {7, 9}, {7, 9}, {7, 9}, {7, 9}, {9, 10}});
}

TEST_CASE("what is inserted before everything stands for nothing") {
  Text text = aligned("a", 5);
  Rewriter rewriter(text);
  rewriter.put('x', 1);
  rewriter.put('a', 0);
  rewriter.finish();
  CHECK(text.bytes == "xa");
  CHECK(text.spans == Spans{{5, 5}, {5, 6}});
}

TEST_CASE("kept characters take the places that are next") {
  for (const bool lags : {false, true}) {
    Text text = aligned("\u00E9abc");
    Rewriter rewriter(text);
    if (!lags) rewriter.put('e', 0);
    rewriter.keep(2, 5);
    rewriter.finish();
    CHECK(text.bytes == (lags ? "abc" : "eabc"));
    CHECK(text.spans == (lags ? Spans{{0, 2}, {2, 3}, {3, 4}} : Spans{{0, 2}, {2, 3}, {3, 4}, {4, 5}}));
  }
}

TEST_CASE("a text that is not aligned only gets other bytes, as many as it likes") {
  Text text("ab", 0, false);
  Rewriter rewriter(text);
  for (int i = 0; i < 1000; ++i) rewriter.put(U'\U0001F600', i == 0 ? 0 : 1);
  rewriter.keep(1, 2);
  rewriter.finish();
  CHECK(text.bytes.size() == 4001);
  CHECK(text.bytes.ends_with("\U0001F600b"));
  CHECK(text.spans.empty());
}
