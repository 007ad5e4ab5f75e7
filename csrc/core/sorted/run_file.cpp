#include "core/sorted/run_file.h"

#include <cerrno>
#include <limits>

namespace polyvocab {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{64} << 10;

run_file::File open(const std::string& path, const char* mode) {
  run_file::File file(std::fopen(path.c_str(), mode));
  if (!file) throw FileError(errno, path);
  std::setvbuf(file.get(), nullptr, _IOFBF, buffer_bytes);
  return file;
}

}  // namespace

RunWriter::RunWriter(const std::string& path) : path_(path), file_(open(path, "wb")) {}

void RunWriter::number(std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) putc_unlocked(static_cast<int>(number & 0x7F) | 0x80, file_.get());
  putc_unlocked(static_cast<int>(number), file_.get());
}

void RunWriter::bytes(std::string_view bytes) { std::fwrite(bytes.data(), 1, bytes.size(), file_.get()); }

void RunWriter::check() const {
  if (std::ferror(file_.get())) throw FileError(errno, path_);
}

void RunWriter::close() {
  check();
  if (std::fclose(file_.release()) != 0) throw FileError(errno, path_);
}

RunReader::RunReader(std::shared_ptr<const RunFile> run) : run_(std::move(run)), file_(open(run_->path(), "rb")) {}

std::optional<std::uint64_t> RunReader::first_number() {
  const int first = getc_unlocked(file_.get());
  if (first != EOF) return number_from(first);
  if (std::ferror(file_.get())) fail();
  return {};
}

std::uint64_t RunReader::number() { return number_from(getc_unlocked(file_.get())); }

void RunReader::bytes(char* to, std::size_t count) {
  if (std::fread(to, 1, count, file_.get()) != count) fail();
}

std::uint64_t RunReader::number_from(int byte) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7, byte = getc_unlocked(file_.get())) {
    if (byte == EOF || shift >= std::numeric_limits<std::uint64_t>::digits) fail();
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

void RunReader::fail() const { throw FileError(std::ferror(file_.get()) ? errno : EIO, run_->path()); }

}  // namespace polyvocab
