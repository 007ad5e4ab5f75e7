// csrc/cuda/device/memory.h on the heap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "cuda/device/emulator.h"

namespace polyvocab::cuda {

struct DeviceLimits {
  int processors = 0;
  std::size_t shared = 0;
  std::size_t free = 0;

  // What tests may change.
  static DeviceLimits& settings() {
    static DeviceLimits limits{1, 163 * 1024, std::size_t{1} << 30};
    return limits;
  }
  static DeviceLimits of(int) { return settings(); }
};

struct OnDevice {
  explicit OnDevice(int) {}
  ~OnDevice() {}
};

struct Stream {
  void wait() const {}
};

template <class T>
class DeviceArray {
 public:
  void reserve(std::int64_t size) {
    if (size <= size_) return;
    data_.reset(static_cast<T*>(std::aligned_alloc(256, (bytes(size) + 255) / 256 * 256)));
    std::memset(static_cast<void*>(data_.get()), 0xFF, bytes(size));
    size_ = size;
  }
  T* get() const { return data_.get(); }
  void clear(std::int64_t count, const Stream&) { std::memset(static_cast<void*>(data_.get()), 0, bytes(count)); }
  void upload(const T* from, std::int64_t count, const Stream&) { std::memcpy(data_.get(), from, bytes(count)); }
  void download(T* to, std::int64_t count, const Stream&) const { std::memcpy(to, data_.get(), bytes(count)); }

 private:
  static std::size_t bytes(std::int64_t count) { return static_cast<std::size_t>(count) * sizeof(T); }
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };

  std::unique_ptr<T, Free> data_;
  std::int64_t size_ = 0;
};

struct Timer {
  void start(const Stream&) {}
  void stop(const Stream&) {}
  double seconds() const { return 0.0; }
};

}  // namespace polyvocab::cuda
