#include "core/count/word_runs.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "core/count/word_merge.h"

namespace polyvocab {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{64} << 10;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

File open(const std::string& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode));
  if (!file) throw FileError(errno, path);
  std::setvbuf(file.get(), nullptr, _IOFBF, buffer_bytes);
  return file;
}

// Numbers in 7 bits a byte, the low ones first; all but the last byte have their high bit set.
void put_number(std::FILE* file, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) putc_unlocked(static_cast<int>(number & 0x7F) | 0x80, file);
  putc_unlocked(static_cast<int>(number), file);
}

class RunReader final : public WordSource {
 public:
  explicit RunReader(std::shared_ptr<const RunFile> run) : run_(std::move(run)), file_(open(run_->path(), "rb")) {}

  bool next() override {
    const int first = getc_unlocked(file_.get());
    if (first == EOF) {
      if (std::ferror(file_.get())) throw FileError(errno, run_->path());
      return false;
    }
    word_.resize(number(first));
    if (std::fread(word_.data(), 1, word_.size(), file_.get()) != word_.size()) fail_reading();
    current_.word = word_;
    current_.block = static_cast<std::uint32_t>(number(getc_unlocked(file_.get())));
    current_.count = number(getc_unlocked(file_.get()));
    return true;
  }

 private:
  std::shared_ptr<const RunFile> run_;
  File file_;
  std::string word_;

  std::uint64_t number(int byte) {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7, byte = getc_unlocked(file_.get())) {
      if (byte == EOF || shift >= std::numeric_limits<std::uint64_t>::digits) fail_reading();
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  }
  [[noreturn]] void fail_reading() const { throw FileError(std::ferror(file_.get()) ? errno : EIO, run_->path()); }
};

}  // namespace

void write_run(const std::string& path, WordSource& words) {
  File file = open(path, "wb");
  while (words.next()) {
    const WordCount& entry = words.current();
    put_number(file.get(), entry.word.size());
    std::fwrite(entry.word.data(), 1, entry.word.size(), file.get());
    put_number(file.get(), entry.block);
    put_number(file.get(), entry.count);
    if (std::ferror(file.get())) throw FileError(errno, path);
  }
  if (std::fclose(file.release()) != 0) throw FileError(errno, path);
}

std::unique_ptr<WordSource> read_run(std::shared_ptr<const RunFile> file) {
  return std::make_unique<RunReader>(std::move(file));
}

void WordRuns::add(WordSource& words) {
  auto file = new_file();
  write_run(file->path(), words);
  add_run({std::move(file), 0});
}

std::shared_ptr<const RunFile> WordRuns::new_file() {
  const std::lock_guard lock(guard_);
  return std::make_shared<const RunFile>(directory_ + "/run-" + std::to_string(written_++));
}

// The thread that brings the last one of a level merges them; the others go on meanwhile.
void WordRuns::add_run(Run run) {
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

WordRuns::Run WordRuns::merged(Runs runs) {
  std::vector<std::unique_ptr<WordSource>> sources;
  unsigned level = 0;
  for (Run& run : runs) {
    level = std::max(level, run.level);
    sources.push_back(read_run(std::move(run.file)));
  }
  auto file = new_file();
  WordMerge merge(std::move(sources));
  write_run(file->path(), merge);
  return {std::move(file), level + 1};
}

std::vector<std::unique_ptr<WordSource>> WordRuns::take() {
  while (runs_.size() >= fan_in) {  // of many levels
    std::ranges::stable_sort(runs_, {}, &Run::level);
    const auto end = runs_.begin() + static_cast<std::ptrdiff_t>(fan_in);
    Runs smallest(runs_.begin(), end);
    runs_.erase(runs_.begin(), end);
    runs_.push_back(merged(std::move(smallest)));
  }
  std::vector<std::unique_ptr<WordSource>> sources;
  for (Run& run : std::exchange(runs_, {})) sources.push_back(read_run(std::move(run.file)));
  return sources;
}

}  // namespace polyvocab
