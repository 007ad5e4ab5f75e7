// Ids as they come out: an array that grows without being cleared.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "core/models/model.h"

namespace polyvocab {

class IdBuffer {
 public:
  std::size_t size() const { return size_; }
  std::span<const TokenId> ids() const { return {data_.get(), size_}; }

  // Addresses for `ids` ids, so that the array need not move. Memory is taken for what is written to.
  void reserve(std::size_t ids) {
    if (ids <= capacity_) return;
    reallocate(ids);
  }

  // Room for `more` ids behind those that are there; write them, then say how many.
  TokenId* room(std::size_t more) {
    if (capacity_ - size_ < more) grow(more);
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

  // The memory, to be freed with std::free.
  TokenId* release() {
    size_ = capacity_ = 0;
    return data_.release();
  }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<TokenId, Free> data_;
  std::size_t size_ = 0, capacity_ = 0;

  void grow(std::size_t more) { reallocate(std::max(size_ + more, capacity_ + capacity_ / 2 + 64)); }

  void reallocate(std::size_t capacity) {
    void* memory = std::realloc(data_.get(), capacity * sizeof(TokenId));
    if (memory == nullptr) throw std::bad_alloc();
    static_cast<void>(data_.release());
    data_.reset(static_cast<TokenId*>(memory));
    capacity_ = capacity;
  }
};

}  // namespace polyvocab
