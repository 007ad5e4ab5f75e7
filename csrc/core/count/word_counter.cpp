#include "core/count/word_counter.h"

#include <utility>

#include "core/count/word_merge.h"
#include "core/parallel.h"

namespace polyvocab {

WordCounter::WordCounter(const Pipeline& pipeline, TallyLayout layout, std::size_t memory_limit, int threads,
                         std::string directory)
    : threads_(threads), runs_(std::move(directory)),
      tallies_(pipeline, std::move(layout), memory_limit, threads,
               [this](WordTable& words) { runs_.add(*words.take_sorted()); }) {}

std::unique_ptr<WordSource> WordCounter::finish() {
  const auto tallies = tallies_.all();
  std::vector<std::unique_ptr<WordSource>> sources(tallies.size());
  parallel_blocks(static_cast<std::int64_t>(tallies.size()), threads_, [&](std::int64_t i) {
    Tally& tally = *tallies[static_cast<std::size_t>(i)];
    tally.cut_chunks();
    sources[static_cast<std::size_t>(i)] = tally.word_table().take_sorted();
  });
  for (auto& run : runs_.take()) sources.push_back(std::move(run));
  return std::make_unique<WordMerge>(std::move(sources));
}

}  // namespace polyvocab
