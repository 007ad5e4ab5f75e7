#include "core/models/double_array.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <stdexcept>
#include <string>

namespace polyvocab {
namespace {

constexpr std::uint32_t block_size = 256;

// 256 yes or no.
class Flags {
 public:
  explicit Flags(bool all) { words_.fill(all ? ~std::uint64_t{0} : 0); }
  bool operator[](std::uint32_t i) const { return words_[i / 64] >> i % 64 & 1; }
  void set(std::uint32_t i) { words_[i / 64] |= std::uint64_t{1} << i % 64; }
  void clear(std::uint32_t i) { words_[i / 64] &= ~(std::uint64_t{1} << i % 64); }

  // The first set flag at or after i, or 256.
  std::uint32_t next(std::uint32_t i) const {
    for (std::uint32_t word = i / 64; word < words_.size(); ++word, i = word * 64) {
      const std::uint64_t left = words_[word] >> i % 64;
      if (left != 0) return i + static_cast<std::uint32_t>(std::countr_zero(left));
    }
    return block_size;
  }

 private:
  std::array<std::uint64_t, 4> words_;
};

}  // namespace

// Depth first, so that the nodes of one key lie close together. The indices of the keys are sorted on the way, a byte at a
// time: a node's keys are the indices in [begin, end), and they agree in the first `depth` bytes.
class DoubleArray::Builder {
 public:
  Builder(DoubleArray& made, const Strings& strings, std::vector<std::uint32_t> indices)
      : units_(made.units_), strings_(strings), order_(std::move(indices)), moved_(order_.size()), labels_(order_.size()) {
    units_.clear();
    add_block();  // the children of leaves: it stays empty
    open_.clear();
    made.root_ = add_children({0, static_cast<std::uint32_t>(order_.size()), 0, 0});
    while (!todo_.empty()) {
      const Node node = todo_.back();
      todo_.pop_back();
      if (node.end - node.begin == 1) {
        add_rest(node);
        continue;
      }
      const std::uint32_t children = add_children(node);
      units_[node.unit].children = children;
    }
    if (replaced_ != none) made.first_replaced_ = replaced_ - 1;
  }

 private:
  struct Node {
    std::uint32_t begin, end, depth, unit;
  };
  struct Block {
    std::uint32_t first = 0;
    Flags free{true};     // units that hold no node
    Flags numbers{true};  // numbers that no node's children have
  };

  // A block that was tried in vain for many nodes holds few gaps; only the newest ones are tried.
  static constexpr std::size_t max_open = 16;
  static constexpr std::uint32_t none = UINT32_MAX;

  LargeVector<Unit>& units_;
  const Strings& strings_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> moved_;
  std::vector<unsigned char> labels_;
  std::vector<Node> todo_;
  std::vector<Block> open_;
  std::uint32_t replaced_ = none;  // the first key that an equal one took the place of

  unsigned char label(std::uint32_t key, std::uint32_t depth) const {
    return static_cast<unsigned char>(strings_.bytes[strings_.offsets[key] + depth]);
  }

  bool ends(std::uint32_t key, std::uint32_t depth) const {
    return strings_.offsets[key + 1] - strings_.offsets[key] == depth;
  }

  void add_block() {
    if (units_.size() > UINT32_MAX - block_size) throw std::invalid_argument("the vocabulary is too large for a trie");
    if (open_.size() == max_open) open_.erase(open_.begin());
    open_.emplace_back().first = static_cast<std::uint32_t>(units_.size());
    units_.resize(units_.size() + block_size);
  }

  // Adds the node's children; returns their number.
  std::uint32_t add_children(Node node) {
    node.begin = take_ended(node);
    if (node.begin == node.end) return nowhere;
    sort(node);
    std::array<unsigned char, 256> labels;
    std::array<std::uint32_t, 257> begins;
    std::uint32_t count = 0;
    for (std::uint32_t i = node.begin; i < node.end; ++i) {
      if (count > 0 && labels[count - 1] == labels_[i]) continue;
      labels[count] = labels_[i];
      begins[count++] = i;
    }
    begins[count] = node.end;
    const std::uint32_t children = place({labels.data(), count});
    for (std::uint32_t i = count; i-- > 0;) {
      units_[children ^ labels[i]].key_and_label = labels[i];
      todo_.push_back({begins[i], begins[i + 1], node.depth + 1, children ^ labels[i]});
    }
    return children;
  }

  // Adds what is left of a node's only key, which most nodes are for.
  void add_rest(const Node& node) {
    const std::uint32_t key = order_[node.begin];
    std::uint32_t unit = node.unit;
    for (const char byte : strings_[key].substr(node.depth)) {
      const auto label = static_cast<unsigned char>(byte);
      const std::uint32_t children = place({&label, 1});
      units_[unit].children = children;
      unit = children ^ label;
      units_[unit].key_and_label = label;
    }
    units_[unit].key_and_label |= (key + 1) << label_bits;
  }

  // Gives the node the last key that ends at it and moves such keys to the front; returns where the others begin.
  std::uint32_t take_ended(const Node& node) {
    std::uint32_t others = node.begin;
    for (std::uint32_t i = node.begin; i < node.end; ++i) {
      if (!ends(order_[i], node.depth)) continue;
      if (node.depth > 0) {
        std::uint32_t& unit = units_[node.unit].key_and_label;
        const std::uint32_t before = unit >> label_bits, key = order_[i] + 1;
        if (before != 0) replaced_ = std::min({replaced_, before, key});
        unit = (unit & label_mask) | std::max(before, key) << label_bits;
      }
      std::swap(order_[i], order_[others++]);
    }
    return others;
  }

  // Sorts the node's keys by the byte at its depth, and leaves these bytes in labels_.
  void sort(const Node& node) {
    bool sorted = true;
    for (std::uint32_t i = node.begin; i < node.end; ++i) {
      labels_[i] = label(order_[i], node.depth);
      sorted = sorted && (i == node.begin || labels_[i - 1] <= labels_[i]);
    }
    if (sorted) return;
    if (node.end - node.begin <= 32) {
      for (std::uint32_t i = node.begin + 1; i < node.end; ++i) {
        for (std::uint32_t j = i; j > node.begin && labels_[j - 1] > labels_[j]; --j) {
          std::swap(labels_[j - 1], labels_[j]);
          std::swap(order_[j - 1], order_[j]);
        }
      }
      return;
    }
    std::array<std::uint32_t, 257> begins{};
    for (std::uint32_t i = node.begin; i < node.end; ++i) ++begins[labels_[i] + 1u];
    begins[0] = node.begin;
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    const std::array<std::uint32_t, 257> bounds = begins;
    for (std::uint32_t i = node.begin; i < node.end; ++i) moved_[begins[labels_[i]]++] = order_[i];
    std::copy(moved_.begin() + node.begin, moved_.begin() + node.end, order_.begin() + node.begin);
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::fill(labels_.begin() + bounds[byte], labels_.begin() + bounds[byte + 1], static_cast<unsigned char>(byte));
    }
  }

  // A number whose places for these labels are all free; takes them.
  std::uint32_t place(std::span<const unsigned char> labels) {
    for (std::size_t i = 0; i < open_.size();) {
      Block& block = open_[i];
      std::uint32_t unit = block.free.next(0);
      if (unit == block_size) {
        open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      for (; unit < block_size; unit = block.free.next(unit + 1)) {
        const std::uint32_t number = unit ^ labels[0];
        const auto fits = [&](unsigned char label) { return block.free[number ^ label]; };
        if (block.numbers[number] && std::all_of(labels.begin() + 1, labels.end(), fits)) return take(block, number, labels);
      }
      ++i;
    }
    add_block();
    return take(open_.back(), 0, labels);
  }

  static std::uint32_t take(Block& block, std::uint32_t number, std::span<const unsigned char> labels) {
    for (const unsigned char label : labels) block.free.clear(number ^ label);
    block.numbers.clear(number);
    return block.first + number;
  }
};

DoubleArray::DoubleArray(const Strings& strings, std::vector<std::uint32_t> indices) {
  if (strings.count > max_keys) {
    throw std::invalid_argument("a vocabulary of " + std::to_string(strings.count) + " tokens: the limit is " +
                                std::to_string(max_keys));
  }
  Builder(*this, strings, std::move(indices));
}

DoubleArray::DoubleArray(const Strings& strings)
    : DoubleArray(strings, [&] {
        std::vector<std::uint32_t> all(strings.count);
        std::iota(all.begin(), all.end(), 0u);
        return all;
      }()) {}

DoubleArray::Unit DoubleArray::find(std::string_view bytes) const {
  Unit unit;
  unit.children = root_;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    unit = child(unit.children, byte);
    if (!unit.is(byte)) return {};
  }
  return unit;
}

}  // namespace polyvocab
