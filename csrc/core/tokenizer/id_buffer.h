// Ids as they come out: an array that grows without being cleared.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "core/large_pages.h"
#include "core/models/model.h"

namespace polyvocab {

class IdBuffer {
 public:
  IdBuffer() = default;
  // What was moved is empty, and may be used again.
  IdBuffer(IdBuffer&& other) noexcept { swap(other); }
  IdBuffer& operator=(IdBuffer&& other) noexcept {
    IdBuffer(std::move(other)).swap(*this);
    return *this;
  }

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::span<const TokenId> ids() const { return {data_.get(), size_}; }

  // Addresses for `ids` ids, so that the array need not move, if the system has as many. Memory is taken for what is written.
  void reserve(std::size_t ids) {
    if (ids > capacity_) reallocate(ids);
  }

  // Room for `more` ids behind those that are there; write them, then say how many.
  TokenId* room(std::size_t more) {
    if (ready_ - size_ < more) make_room(more);
    return data_.get() + size_;
  }
  void wrote(std::size_t count) { size_ += count; }

  void add(TokenId id) {
    *room(1) = id;
    ++size_;
  }
  void add(std::span<const TokenId> ids) {
    TokenId* to = room(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) to[i] = ids[i];
    size_ += ids.size();
  }

  void clear() { size_ = 0; }

  // The memory, to be freed with std::free, without what is not written to.
  TokenId* release() {
    reallocate(std::max<std::size_t>(size_, 1));
    size_ = ready_ = capacity_ = 0;
    return data_.release();
  }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<TokenId, Free> data_;
  std::size_t size_ = 0, capacity_ = 0;
  std::size_t ready_ = 0;  // up to here room is given at once; behind it, pages may have to be taken first

  void swap(IdBuffer& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(ready_, other.ready_);
  }

  // Of a large array, pages are taken a part at a time.
  void make_room(std::size_t more) {
    constexpr std::size_t part = std::size_t{1} << 16;
    if (capacity_ - size_ < more && !reallocate(std::max(size_ + more, capacity_ + capacity_ / 2 + 64))) throw std::bad_alloc();
    ready_ = capacity_;
    if (capacity_ < 4 * part || more > part) return;
    ready_ = std::min(capacity_, size_ + part);
    take_pages(data_.get() + size_, (ready_ - size_) * sizeof(TokenId));
  }

  bool reallocate(std::size_t capacity) {
    void* memory = std::realloc(data_.get(), capacity * sizeof(TokenId));
    if (memory == nullptr) return false;
    static_cast<void>(data_.release());
    data_.reset(static_cast<TokenId*>(memory));
    capacity_ = capacity;
    return true;
  }
};

}  // namespace polyvocab
