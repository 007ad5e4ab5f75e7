// Sorted words on the disk.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "core/count/word_source.h"
#include "core/sorted/runs.h"

namespace polyvocab {

class WordFormat final : public WordSource {
 public:
  explicit WordFormat(std::shared_ptr<const RunFile> file) : reader_(std::move(file)) {}

  static void write(const WordCount& entry, RunWriter& writer) {
    writer.number(entry.word.size());
    writer.bytes(entry.word);
    writer.number(entry.block);
    writer.number(entry.count);
  }

  bool next() override {
    const auto size = reader_.first_number();
    if (!size) return false;
    word_.resize(*size);
    reader_.bytes(word_.data(), word_.size());
    current_.word = word_;
    current_.block = static_cast<std::uint32_t>(reader_.number());
    current_.count = reader_.number();
    return true;
  }

 private:
  RunReader reader_;
  std::string word_;
};

using WordRuns = SortedRuns<WordFormat>;

}  // namespace polyvocab
