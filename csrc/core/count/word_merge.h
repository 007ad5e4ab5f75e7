// Several sources of counted words as one: the counts of what is the same are added.
#pragma once

#include <memory>
#include <vector>

#include "core/count/word_source.h"

namespace polyvocab {

class WordMerge final : public WordSource {
 public:
  explicit WordMerge(std::vector<std::unique_ptr<WordSource>> sources);
  bool next() override;

 private:
  std::vector<std::unique_ptr<WordSource>> sources_;
  std::vector<WordSource*> heap_;   // those that are not at their end, the least first
  std::vector<WordSource*> taken_;  // those whose current word was given out

  void push(WordSource* source);
  WordSource* pop();
};

}  // namespace polyvocab
