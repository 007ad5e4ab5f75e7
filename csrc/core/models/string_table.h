// Strings to ids: a hash table over one block of bytes.
//
// Expects: of equal strings the later one counts. Immutable once built; owns its bytes.
#pragma once

#include <bit>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/hash.h"
#include "core/models/model.h"

namespace polyvocab {

class StringTable {
 public:
  StringTable(Strings strings, std::span<const TokenId> ids)
      : bytes_(strings.bytes), slots_(std::bit_ceil(strings.count * 2 + 2)) {
    if (ids.size() != strings.count) throw std::invalid_argument("as many ids as strings are needed");
    if (strings.bytes.size() > 0xFFFFFFFF) throw std::invalid_argument("the strings of a vocabulary take more than 4 GiB");
    for (std::size_t i = 0; i < strings.count; ++i) {
      const auto string = strings[i];
      Slot& slot = slots_[find_slot(string)];
      slot = {static_cast<std::uint32_t>(strings.offsets[i]), static_cast<std::uint32_t>(string.size()), ids[i], true};
    }
  }

  std::optional<TokenId> find(std::string_view string) const {
    const Slot& slot = slots_[find_slot(string)];
    if (!slot.used) return {};
    return slot.id;
  }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Slot& slot : slots_) {
      if (slot.used) visit(std::string_view(bytes_).substr(slot.offset, slot.size), slot.id);
    }
  }

 private:
  struct Slot {
    std::uint32_t offset = 0, size = 0;
    TokenId id = 0;
    bool used = false;
  };
  std::string bytes_;
  std::vector<Slot> slots_;  // a power of two, at most half full

  std::size_t find_slot(std::string_view string) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_bytes(string) & mask;
    while (slots_[at].used) {
      const Slot& slot = slots_[at];
      if (slot.size == string.size() && std::memcmp(bytes_.data() + slot.offset, string.data(), string.size()) == 0) break;
      at = (at + 1) & mask;
    }
    return at;
  }
};

}  // namespace polyvocab
