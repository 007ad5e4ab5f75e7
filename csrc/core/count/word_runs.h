// Sorted words on the disk.
//
// Promises: what was written comes back, or a FileError: where the disk is full, or a file cut off. Files vanish with the
// objects that stand for them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/count/word_source.h"

namespace polyvocab {

// What the system says of a file.
class FileError : public std::system_error {
 public:
  FileError(int error, std::string path)
      : std::system_error(error, std::generic_category(), path), path_(std::move(path)) {}
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A file of our own: it is removed in the end.
class RunFile {
 public:
  explicit RunFile(std::string path) : path_(std::move(path)) {}
  RunFile(const RunFile&) = delete;
  RunFile& operator=(const RunFile&) = delete;
  ~RunFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Writes all words of a source.
void write_run(const std::string& path, WordSource& words);

// Reads them again.
std::unique_ptr<WordSource> read_run(std::shared_ptr<const RunFile> file);

// The runs of one count. So that few files are open and little of the disk is taken, as many of them as `fan_in` become one
// larger run.
class WordRuns {
 public:
  static constexpr std::size_t fan_in = 32;

  explicit WordRuns(std::string directory) : directory_(std::move(directory)) {}

  // Writes the words into a run of their own. From any threads.
  void add(WordSource& words);
  // Sources of all that was written, fewer than `fan_in` of them; when no thread adds any more.
  std::vector<std::unique_ptr<WordSource>> take();

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
  std::vector<Run> runs_;
  std::size_t written_ = 0;

  std::shared_ptr<const RunFile> new_file();
  void add_run(Run run);
  Run merged(Runs runs);
};

}  // namespace polyvocab
