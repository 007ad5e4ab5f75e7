#include "core/mixture/expected_pieces.h"

#include <algorithm>
#include <cmath>

#include "core/mixture/forward_backward.h"
#include "core/parallel.h"

namespace polyvocab {
namespace {

constexpr std::size_t most_parts = 64;  // enough for the threads of a large machine
constexpr std::size_t part_words = 1024;
constexpr std::uint32_t none = 0xFFFFFFFF;

// What a byte costs on average in text of the model: with this tilt, sums over words stay near 1.
double cost_of_a_byte(const ScoredPieces& pieces, const std::vector<std::uint32_t>& ids) {
  double cost = 0, bytes = 0;
  for (const std::uint32_t id : ids) {
    const double probability = std::exp(pieces.scores[id]);
    cost -= probability * pieces.scores[id];
    bytes += probability * static_cast<double>(pieces.pieces[id].size());
  }
  const double tilt = cost / bytes;
  return std::isfinite(tilt) ? tilt : 0.0;
}

WeighedPieces weighed(const ScoredPieces& pieces) {
  std::vector<std::uint32_t> ids;
  for (std::uint32_t id = 0; id < pieces.pieces.count; ++id) {
    if (pieces.in_text[id] && !pieces.pieces[id].empty()) ids.push_back(id);
  }
  WeighedPieces out;
  out.tilt = cost_of_a_byte(pieces, ids);
  out.scores.assign(pieces.pieces.count + 1, 0.0);
  out.weights.assign(pieces.pieces.count + 1, 0.0);
  out.scores[0] = pieces.unknown_score;
  out.weights[0] = std::exp(pieces.unknown_score);
  for (const std::uint32_t id : ids) {
    out.scores[id + 1] = pieces.scores[id];
    out.weights[id + 1] = std::exp(pieces.scores[id] + out.tilt * static_cast<double>(pieces.pieces[id].size()));
  }
  out.trie = DoubleArray(pieces.pieces, std::move(ids));
  return out;
}

// The sums of one part of the words: a row for each piece that occurs there.
struct Part {
  std::vector<std::uint32_t> keys;  // in the order in which they were met
  std::vector<double> rows;         // [keys, blocks]
};

Part sum_part(const WeighedPieces& pieces, const CountedWords& words, std::size_t begin, std::size_t end) {
  Part part;
  std::vector<std::uint32_t> row_of(pieces.scores.size(), none);
  ForwardBackward segmentations(pieces);
  for (std::size_t word = begin; word < end; ++word) {
    const auto first = static_cast<std::size_t>(words.indptr[word]), last = static_cast<std::size_t>(words.indptr[word + 1]);
    segmentations.find(words.words[word], [&](std::uint32_t key, double probability) {
      std::uint32_t& row = row_of[key];
      if (row == none) {
        row = static_cast<std::uint32_t>(part.keys.size());
        part.keys.push_back(key);
        part.rows.resize(part.rows.size() + words.blocks);
      }
      double* const sums = part.rows.data() + row * words.blocks;
      for (std::size_t i = first; i < last; ++i) sums[words.index[i]] += probability * static_cast<double>(words.count[i]);
    });
  }
  return part;
}

}  // namespace

ExpectedPieces expected_pieces(const ScoredPieces& pieces, const CountedWords& words, int threads) {
  const WeighedPieces weights = weighed(pieces);
  const std::size_t parts = std::clamp<std::size_t>(words.words.count / part_words, 1, most_parts);
  std::vector<Part> sums(parts);
  parallel_blocks(static_cast<std::int64_t>(parts), threads, [&](std::int64_t at) {
    const auto i = static_cast<std::size_t>(at);
    sums[i] = sum_part(weights, words, words.words.count * i / parts, words.words.count * (i + 1) / parts);
  });

  std::vector<std::uint32_t> row_of(weights.scores.size(), none);
  for (const Part& part : sums) {
    for (const std::uint32_t key : part.keys) row_of[key] = 0;
  }
  ExpectedPieces out;
  for (std::uint32_t key = 1; key < row_of.size(); ++key) {
    if (row_of[key] == none) continue;
    row_of[key] = static_cast<std::uint32_t>(out.pieces.size());
    out.pieces.push_back(key - 1);
  }
  out.counts.assign(out.pieces.size() * words.blocks, 0.0);
  out.unknown.assign(words.blocks, 0.0);
  for (const Part& part : sums) {
    for (std::size_t i = 0; i < part.keys.size(); ++i) {
      const std::uint32_t key = part.keys[i];
      double* const row = key == 0 ? out.unknown.data() : out.counts.data() + row_of[key] * words.blocks;
      const double* const terms = part.rows.data() + i * words.blocks;
      for (std::size_t block = 0; block < words.blocks; ++block) row[block] += terms[block];
    }
  }
  return out;
}

}  // namespace polyvocab
