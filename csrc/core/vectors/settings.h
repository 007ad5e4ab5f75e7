// What a training run is told, and the text that it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace polyvocab {

struct VectorSettings {
  int dim = 100;
  int epochs = 3;
  int window = 5;      // of a centre: one to so many words on either side
  int negative = 10;   // noise words for each true one
  bool skipgram = false;
  double sample = 1e-4;  // words more frequent than this are thinned out; 0 keeps all
  double alpha = 0.05;   // the learning rate falls on a line from here ...
  double min_alpha = 1e-4;  // ... to here
  std::uint64_t seed = 0;
  std::int64_t round = 1024;  // ids between two updates of the parameters
};

// Ids of sentences one behind the other. Expects: offsets ascend from 0 to `size`; what it points to outlives it.
struct IdStream {
  const void* ids = nullptr;
  int id_bytes = 4;  // 2 or 4
  std::int64_t size = 0;
  const std::uint64_t* offsets = nullptr;  // sentences + 1
  std::int64_t sentences = 0;

  std::uint32_t operator[](std::int64_t i) const {
    return id_bytes == 2 ? static_cast<const std::uint16_t*>(ids)[i] : static_cast<const std::uint32_t*>(ids)[i];
  }
};

// The words that get vectors, from the most frequent to the rarest.
struct WordList {
  std::vector<std::int32_t> word_of_id;      // -1 for an id that is left out, as if it did not stand in the text
  std::vector<std::int64_t> counts;          // of each word
  std::vector<std::int64_t> subword_indptr;  // words + 1
  std::vector<std::uint32_t> subwords;       // rows of n-grams, from 0
  std::size_t subword_rows = 0;

  std::size_t size() const { return counts.size(); }
};

}  // namespace polyvocab
