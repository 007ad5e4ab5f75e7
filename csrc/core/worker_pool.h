// Workers that wait between calls, with all that they have learnt.
//
// Promises: never the same worker to two threads. Takes no lock: a process may fork while another thread is in here.
// Does not: keep more workers than it has places; what is given back beyond them is destroyed.
#pragma once

#include <array>
#include <atomic>
#include <memory>

namespace polyvocab {

// `Worker` is made from a `const Source&`, which outlives the pool.
template <class Worker, class Source>
class WorkerPool {
 public:
  explicit WorkerPool(const Source& source) : source_(source) {}
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool() {
    for (auto& place : places_) delete place.load();
  }

  // A worker for as long as the lease lives.
  class Lease {
   public:
    explicit Lease(WorkerPool& pool) : pool_(pool), worker_(pool.take()) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_.give_back(std::move(worker_)); }
    Worker& operator*() const { return *worker_; }

   private:
    WorkerPool& pool_;
    std::unique_ptr<Worker> worker_;
  };

 private:
  const Source& source_;
  std::array<std::atomic<Worker*>, 64> places_{};

  std::unique_ptr<Worker> take() {
    for (auto& place : places_) {
      if (place.load(std::memory_order_relaxed) == nullptr) continue;
      if (Worker* worker = place.exchange(nullptr, std::memory_order_acquire)) return std::unique_ptr<Worker>(worker);
    }
    return std::make_unique<Worker>(source_);
  }

  void give_back(std::unique_ptr<Worker> worker) {
    for (auto& place : places_) {
      Worker* empty = nullptr;
      if (place.compare_exchange_strong(empty, worker.get(), std::memory_order_release)) {
        static_cast<void>(worker.release());
        return;
      }
    }
  }
};

}  // namespace polyvocab
