#include "core/replay/trained_merges.h"

#include <utility>

#include "core/models/byte_alphabet.h"

namespace polyvocab {

TrainedMerges::TrainedMerges(Strings tokens, std::span<const TokenId> ids, std::vector<MergeStep> steps, Options options)
    : options_(std::move(options)), steps_(std::move(steps)) {
  std::optional<byte_alphabet::Respelt> respelt;
  if (options_.spelling.spelt == Spelt::in_alphabet) {
    respelt.emplace(tokens, ids);
    tokens = respelt->strings.view();
    ids = respelt->ids;
  }
  symbols_.emplace(tokens, ids, options_.spelling);
  const bool is_bare = options_.spelling.continuing_prefix.empty() && options_.spelling.end_suffix.empty();
  if (is_bare) histories_ = TokenHistories::of(symbols_->symbols(), steps_, tokens.bytes.size());
}

}  // namespace polyvocab
