// Device memory, streams and timers that free themselves.
//
// Errors: std::runtime_error with what was tried and CUDA's message.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace polyvocab::cuda {

inline void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // so that the next call does not find it again
  throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(error));
}

// What a plan depends on.
struct DeviceLimits {
  int processors = 0;
  std::size_t shared = 0;  // bytes of shared memory that a block may ask for
  std::size_t free = 0;    // bytes of memory

  static DeviceLimits of(int device) {
    DeviceLimits limits;
    int shared = 0;
    std::size_t all = 0;
    check(cudaDeviceGetAttribute(&limits.processors, cudaDevAttrMultiProcessorCount, device), "device");
    check(cudaDeviceGetAttribute(&shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, device), "device");
    check(cudaMemGetInfo(&limits.free, &all), "device memory");
    limits.shared = static_cast<std::size_t>(shared);
    return limits;
  }
};

// Makes a device the current one for as long as this lives.
class OnDevice {
 public:
  explicit OnDevice(int device) {
    check(cudaGetDevice(&before_), "device");
    check(cudaSetDevice(device), "device");
  }
  ~OnDevice() { cudaSetDevice(before_); }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

 private:
  int before_ = 0;
};

class Stream {
 public:
  Stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "stream"); }
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  cudaStream_t get() const { return stream_; }
  void wait() const { check(cudaStreamSynchronize(stream_), "kernels"); }

 private:
  cudaStream_t stream_ = nullptr;
};

// Grows, and never shrinks; growing loses what was there.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  void reserve(std::int64_t size) {
    if (size <= size_) return;
    cudaFree(data_);
    data_ = nullptr;
    size_ = 0;
    check(cudaMalloc(reinterpret_cast<void**>(&data_), static_cast<std::size_t>(size) * sizeof(T)), "device memory");
    size_ = size;
  }
  T* get() const { return data_; }

  void clear(std::int64_t count, const Stream& stream) {
    check(cudaMemsetAsync(data_, 0, bytes(count), stream.get()), "clearing device memory");
  }
  void upload(const T* from, std::int64_t count, const Stream& stream) {
    check(cudaMemcpyAsync(data_, from, bytes(count), cudaMemcpyHostToDevice, stream.get()), "copy to the device");
  }
  // Returns when the copy is made.
  void download(T* to, std::int64_t count, const Stream& stream) const {
    check(cudaMemcpyAsync(to, data_, bytes(count), cudaMemcpyDeviceToHost, stream.get()), "copy from the device");
    stream.wait();
  }

 private:
  static std::size_t bytes(std::int64_t count) { return static_cast<std::size_t>(count) * sizeof(T); }

  T* data_ = nullptr;
  std::int64_t size_ = 0;
};

// Seconds between two points of a stream.
class Timer {
 public:
  Timer() {
    check(cudaEventCreate(&begin_), "event");
    check(cudaEventCreate(&end_), "event");
  }
  ~Timer() {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(const Stream& stream) { check(cudaEventRecord(begin_, stream.get()), "event"); }
  void stop(const Stream& stream) { check(cudaEventRecord(end_, stream.get()), "event"); }
  double seconds() const {
    float milliseconds = 0.0F;
    check(cudaEventSynchronize(end_), "kernels");
    check(cudaEventElapsedTime(&milliseconds, begin_, end_), "event");
    return static_cast<double>(milliseconds) * 1e-3;
  }

 private:
  cudaEvent_t begin_ = nullptr;
  cudaEvent_t end_ = nullptr;
};

}  // namespace polyvocab::cuda
