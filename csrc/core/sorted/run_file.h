// Files of sorted entries.
//
// Promises: what was written comes back, or a FileError: where the disk is full, or a file cut off. Files vanish with the
// objects that stand for them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

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

namespace run_file {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

}  // namespace run_file

// Numbers take 7 bits a byte, the low ones first; all but the last byte have their high bit set.
class RunWriter {
 public:
  explicit RunWriter(const std::string& path);
  void number(std::uint64_t number);
  void bytes(std::string_view bytes);
  // Call it in the end, and now and then.
  void check() const;
  void close();

 private:
  std::string path_;
  run_file::File file_;
};

class RunReader {
 public:
  explicit RunReader(std::shared_ptr<const RunFile> run);
  // The number that an entry begins with; nothing at the end of the file.
  std::optional<std::uint64_t> first_number();
  std::uint64_t number();
  void bytes(char* to, std::size_t count);

 private:
  std::shared_ptr<const RunFile> run_;
  run_file::File file_;

  std::uint64_t number_from(int byte);
  [[noreturn]] void fail() const;
};

}  // namespace polyvocab
