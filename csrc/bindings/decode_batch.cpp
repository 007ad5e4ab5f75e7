#include "bindings/decode_batch.h"

#include <algorithm>
#include <span>
#include <vector>

#include "bindings/new_str.h"
#include "bindings/strings.h"
#include "core/parallel.h"

namespace polyvocab {
namespace {

using Lists = std::span<const std::int64_t>;  // the offsets of lists of ids, one more than lists

// Some texts in a row, in memory that is used again for the next ones.
class Block {
 public:
  // How many of the lists, at least one, have about so many ids.
  static std::size_t count(Lists lists, std::int64_t ids) {
    const auto beyond = std::upper_bound(lists.begin() + 1, lists.end(), lists.front() + ids);
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(beyond - lists.begin() - 1, 1));
  }

  void decode(const Decoder& decoder, std::span<const TokenId> ids, Lists lists, bool skip_special_tokens) {
    text_.resize(0);
    texts_.clear();
    for (std::size_t i = 0; i + 1 < lists.size(); ++i) {
      const std::size_t begin = text_.size();
      const auto first = static_cast<std::size_t>(lists[i]);
      decoder.decode(ids.subspan(first, static_cast<std::size_t>(lists[i + 1]) - first), skip_special_tokens, text_);
      texts_.push_back({begin, text_.size() - begin, utf8::measure(text_.from(begin))});
    }
  }

  void append_unwritten(std::vector<py::str>& out) {
    first_ = out.size();
    for (const Text& text : texts_) out.push_back(unwritten_str(text.measure));
  }

  void write(std::span<const py::str> out) const {
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      write_characters(out[first_ + i], text_.from(0).substr(texts_[i].begin, texts_[i].size));
    }
  }

 private:
  struct Text {
    std::size_t begin;
    std::size_t size;
    utf8::Measure measure;
  };
  TextBuffer text_;
  std::vector<Text> texts_;
  std::size_t first_ = 0;  // place of its first text among all
};

}  // namespace

// Each thread takes several blocks. All of them are decoded, get their strs, and are written: only the second step needs the
// GIL, and it asks for memory alone.
py::typing::List<py::str> decode_batch(const Decoder& decoder, const Array<TokenId>& ids, const Array<std::int64_t>& offsets,
                                       bool skip_special_tokens, int threads) {
  const auto all = values(ids);
  Lists left = values(offsets);
  require(!left.empty(), "offsets of texts are needed, one more than texts");
  std::int64_t before = 0;
  for (const std::int64_t bound : left) {
    require(bound >= before && static_cast<std::size_t>(bound) <= all.size(),
            "the offsets of texts must rise and stay within the ids");
    before = bound;
  }
  std::vector<py::str> texts;
  texts.reserve(left.size() - 1);
  std::vector<Block> blocks(4 * static_cast<std::size_t>(thread_count(threads)));
  // Small blocks are not worth a thread; of large ones the text has left the caches before it is a str.
  const std::int64_t share = (left.back() - left.front()) / static_cast<std::int64_t>(blocks.size());
  const std::int64_t block_ids = std::clamp<std::int64_t>(share, 1 << 13, 1 << 17);
  while (left.size() > 1) {
    std::vector<Lists> own;
    for (; own.size() < blocks.size() && left.size() > 1; left = left.subspan(own.back().size() - 1)) {
      own.push_back(left.first(Block::count(left, block_ids) + 1));
    }
    const auto each = [&](auto&& body) {
      const py::gil_scoped_release release;
      parallel_blocks(static_cast<std::int64_t>(own.size()), threads, [&](std::int64_t i) {
        body(blocks[static_cast<std::size_t>(i)], own[static_cast<std::size_t>(i)]);
      });
    };
    each([&](Block& block, Lists lists) { block.decode(decoder, all, lists, skip_special_tokens); });
    for (std::size_t i = 0; i < own.size(); ++i) blocks[i].append_unwritten(texts);
    each([&](const Block& block, Lists) { block.write(texts); });
  }
  py::typing::List<py::str> out(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    PyList_SET_ITEM(out.ptr(), static_cast<Py_ssize_t>(i), texts[i].release().ptr());
  }
  return out;
}

}  // namespace polyvocab
