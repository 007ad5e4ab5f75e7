// Sorted entries on the disk, written in parts and read again as one.
//
// Promises: as run_file.h. So that few files are open and little of the disk is taken, as many runs as `fan_in` become one
// larger run.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/sorted/merge.h"
#include "core/sorted/run_file.h"

namespace polyvocab {

// `Format` says how an entry is written (`write`) and is a source that reads them again.
template <class Format>
class SortedRuns {
 public:
  using Source = SortedSource<typename Format::Entry>;
  static constexpr std::size_t fan_in = 32;

  explicit SortedRuns(std::string directory) : directory_(std::move(directory)) {}

  // Writes the entries into a file.
  static void write(const std::string& path, Source& entries) {
    RunWriter writer(path);
    while (entries.next()) {
      Format::write(entries.current(), writer);
      writer.check();
    }
    writer.close();
  }

  // Writes them into a run of their own. From any threads.
  void add(Source& entries) {
    auto file = new_file();
    write(file->path(), entries);
    add_run({std::move(file), 0});
  }

  // Sources of all that was written, fewer than `fan_in` of them; when no thread adds any more.
  std::vector<std::unique_ptr<Source>> take() {
    while (runs_.size() >= fan_in) {  // of many levels
      std::ranges::stable_sort(runs_, {}, &Run::level);
      const auto end = runs_.begin() + static_cast<std::ptrdiff_t>(fan_in);
      Runs smallest(runs_.begin(), end);
      runs_.erase(runs_.begin(), end);
      runs_.push_back(merged(std::move(smallest)));
    }
    std::vector<std::unique_ptr<Source>> sources;
    for (Run& run : std::exchange(runs_, {})) sources.push_back(std::make_unique<Format>(std::move(run.file)));
    return sources;
  }

  // Whether nothing was ever written.
  bool empty() const { return written_ == 0; }

 private:
  struct Run {
    std::shared_ptr<const RunFile> file;
    unsigned level;  // how often what is in it was merged
  };
  using Runs = std::vector<Run>;

  std::string directory_;
  std::mutex guard_;
  Runs runs_;
  std::size_t written_ = 0;

  std::shared_ptr<const RunFile> new_file() {
    const std::lock_guard lock(guard_);
    return std::make_shared<const RunFile>(directory_ + "/run-" + std::to_string(written_++));
  }

  // The thread that brings the last one of a level merges them; the others go on meanwhile.
  void add_run(Run run) {
    while (true) {
      Runs level;
      {
        const std::lock_guard lock(guard_);
        runs_.push_back(run);
        const auto is_other = [&](const Run& other) { return other.level != run.level; };
        const auto same = std::stable_partition(runs_.begin(), runs_.end(), is_other);
        if (static_cast<std::size_t>(runs_.end() - same) < fan_in) return;
        level.assign(same, runs_.end());
        runs_.erase(same, runs_.end());
      }
      run = merged(std::move(level));
    }
  }

  Run merged(Runs runs) {
    std::vector<std::unique_ptr<Source>> sources;
    unsigned level = 0;
    for (Run& run : runs) {
      level = std::max(level, run.level);
      sources.push_back(std::make_unique<Format>(std::move(run.file)));
    }
    auto file = new_file();
    SortedMerge<typename Format::Entry> merge(std::move(sources));
    write(file->path(), merge);
    return {std::move(file), level + 1};
  }
};

}  // namespace polyvocab
