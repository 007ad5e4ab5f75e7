// The bytes of words, kept in blocks: nothing that is in moves.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace polyvocab {

class WordArena {
 public:
  // Of all that is in, with what is not used yet.
  std::size_t memory() const { return memory_; }
  // The same once a word of so many bytes is in.
  std::size_t memory_with(std::size_t bytes) const { return fits(bytes) ? memory_ : memory_ + block_size(bytes); }

  // A reference of 56 bits. A word has less than 4 GiB.
  std::uint64_t add(std::string_view word) {
    if (!fits(word.size())) {
      capacity_ = block_size(word.size());
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(capacity_));
      memory_ += capacity_;
      used_ = 0;
    }
    const std::size_t at = used_;
    const auto size = static_cast<std::uint32_t>(word.size());
    char* const to = blocks_.back().get() + at;
    std::memcpy(to, &size, sizeof size);
    std::memcpy(to + sizeof size, word.data(), word.size());
    used_ += sizeof size + word.size();
    return static_cast<std::uint64_t>(blocks_.size() - 1) << 32 | at;
  }

  std::string_view operator[](std::uint64_t reference) const {
    const char* const from = blocks_[reference >> 32].get() + static_cast<std::uint32_t>(reference);
    std::uint32_t size;
    std::memcpy(&size, from, sizeof size);
    return {from + sizeof size, size};
  }

  void clear() { *this = {}; }

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t used_ = 0, capacity_ = 0;  // of the last block
  std::size_t memory_ = 0;

  bool fits(std::size_t bytes) const { return used_ + sizeof(std::uint32_t) + bytes <= capacity_; }
  // Blocks grow with what there is, so that references do not run out.
  std::size_t block_size(std::size_t bytes) const {
    const std::size_t usual = std::clamp(memory_ / 16, std::size_t{16} << 10, std::size_t{1} << 20);
    return std::max(usual, sizeof(std::uint32_t) + bytes);
  }
};

}  // namespace polyvocab
