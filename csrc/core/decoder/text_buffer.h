// Text that grows at its end, in memory that is kept and not cleared: a caller decodes one list of ids after the other into it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace polyvocab {

class TextBuffer {
 public:
  std::size_t size() const { return size_; }
  // Valid until something is written.
  std::string_view from(std::size_t begin) const { return {memory_.get() + begin, size_ - begin}; }

  // The end of the text, with room for so many bytes behind it.
  char* room(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return memory_.get() + size_;
  }
  // Cuts the text, or takes in what was written into the room.
  void resize(std::size_t size) { size_ = size; }
  void end_at(const char* end) { resize(static_cast<std::size_t>(end - memory_.get())); }

  void append(std::string_view text) {
    std::copy(text.begin(), text.end(), room(text.size()));
    size_ += text.size();
  }

 private:
  void grow(std::size_t bytes) {
    const std::size_t capacity = std::max(size_ + bytes, 2 * capacity_);
    auto memory = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(memory.get(), memory_.get(), size_);
    memory_ = std::move(memory);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace polyvocab
