// A trie of strings, by which every vocabulary lookup of the models goes: one load for a byte.
//
// Promises: the same keys give the same array; 8 bytes for a node and a few in a hundred for gaps; every byte may occur in
// a key. A walk reads inside the array whatever the bytes are.
// Does not: change once it is built, hold the keys themselves, or find a key by its value.
//
// The children of a node have a number, and the child by a byte stands at number ^ byte. The number belongs to one node
// alone, so the byte that a unit carries says enough of whose child it is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/large_pages.h"
#include "core/models/model.h"

namespace polyvocab {

class DoubleArray {
 public:
  struct Unit {
    std::uint32_t children = nowhere;
    std::uint32_t key_and_label = no_label;

    bool is(unsigned char byte) const { return (key_and_label & label_mask) == byte; }
    std::uint32_t key() const { return key_and_label >> label_bits; }  // the key that ends here: its index + 1, or 0
  };

  static constexpr std::uint32_t nowhere = 0;  // the children of a leaf: a walk may go on from here and finds nothing
  static constexpr std::uint32_t max_keys = (1u << 23) - 1;

  DoubleArray() : units_(256) {}

  // The strings at these indices; empty ones are left out. Of equal strings the last one counts.
  DoubleArray(const Strings& strings, std::vector<std::uint32_t> indices);
  explicit DoubleArray(const Strings& strings);

  std::uint32_t root() const { return root_; }

  // The child by `byte`; there is none unless the unit `is(byte)`.
  Unit child(std::uint32_t children, unsigned char byte) const { return units_[children ^ byte]; }

  // The unit where `bytes` lead to from the root, or an empty unit. Of no bytes: the root.
  Unit find(std::string_view bytes) const;

  void prefetch(std::uint32_t children, unsigned char byte) const { __builtin_prefetch(&units_[children ^ byte]); }

  std::size_t size() const { return units_.size(); }

  // The first string that an equal later one took the place of.
  std::optional<std::uint32_t> first_replaced() const { return first_replaced_; }

 private:
  static constexpr std::uint32_t label_bits = 9;  // one more than a byte has: the label of a gap is no byte
  static constexpr std::uint32_t label_mask = (1u << label_bits) - 1;
  static constexpr std::uint32_t no_label = 256;

  class Builder;

  std::uint32_t root_ = nowhere;
  LargeVector<Unit> units_;
  std::optional<std::uint32_t> first_replaced_;
};

}  // namespace polyvocab
