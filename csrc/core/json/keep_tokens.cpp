#include "core/json/keep_tokens.h"

#include <stdexcept>
#include <utility>

#include "core/json/reader.h"
#include "core/json/tokenizer_json.h"

namespace polyvocab::json {
namespace {

using Vocab = TokenizerJson::Vocab;
using Merges = TokenizerJson::Merges;

// The object or array at the beginning of `text` with the members that `append` adds to the output. It reads one member, which
// begins at the given place, and says whether it stays. Each keeps what stood before it; the first one what stood before
// the first.
template <class Append>
std::string filtered(std::string_view text, Append&& append) {
  Reader reader(text);
  std::string out(1, reader.peek());
  std::size_t end = 1;  // of the member before
  std::string_view opening;
  bool is_first = true, is_empty = true;
  for (bool more = reader.open(); more; more = reader.next()) {
    reader.peek();
    const std::size_t begin = reader.at(), size = out.size();
    const std::string_view gap = text.substr(end, begin - end);
    if (is_first) opening = gap;
    is_first = false;
    out += is_empty ? opening : gap;
    if (append(reader, begin, out)) {
      is_empty = false;
    } else {
      out.resize(size);
    }
    end = reader.at();
  }
  if (is_empty && !is_first) end = reader.at() - 1;
  return out += text.substr(end, reader.at() - end);
}

std::string keep_ids(std::string_view text, std::span<const std::int64_t> new_ids, std::size_t& count) {
  std::string name;
  return filtered(text, [&](Reader& reader, std::size_t begin, std::string& out) {
    name.clear();
    reader.key(name);
    reader.peek();
    const std::size_t end = reader.at();
    const std::uint64_t id = reader.number().magnitude;
    if (id >= new_ids.size() || new_ids[id] < 0) return false;
    out.append(text, begin, end - begin).append(std::to_string(new_ids[id]));
    ++count;
    return true;
  });
}

std::string keep_scores(std::string_view text, std::span<const std::int64_t> new_ids, std::size_t& count) {
  std::size_t id = 0;
  return filtered(text, [&](Reader& reader, std::size_t begin, std::string& out) {
    reader.skip();
    const bool stays = id < new_ids.size() && new_ids[id] >= 0;
    ++id;
    if (stays) out.append(text, begin, reader.at() - begin);
    count += stays;
    return stays;
  });
}

std::string keep_merges(std::string_view text, std::span<const bool> merges, Merges form) {
  std::size_t rank = 0;
  std::string line;
  std::string kept = filtered(text, [&](Reader& reader, std::size_t begin, std::string& out) {
    line.clear();
    if (form == Merges::lines) {
      reader.string(line);
    } else {
      reader.skip();
    }
    const bool is_merge = !line.starts_with("#version");
    if (is_merge && rank == merges.size()) throw std::invalid_argument("more merges than were given");
    const bool stays = !is_merge || merges[rank];
    rank += is_merge;
    if (stays) out.append(text, begin, reader.at() - begin);
    return stays;
  });
  if (rank != merges.size()) throw std::invalid_argument("fewer merges than were given");
  return kept;
}

}  // namespace

KeptTokens keep_tokens(std::string_view document, std::span<const std::int64_t> new_ids, std::span<const bool> merges) {
  TokenizerJson read = read_tokenizer_json(document);
  KeptTokens kept;
  kept.skeleton = std::move(read.skeleton);
  const std::string_view vocab = document.substr(read.vocab_at);
  if (read.vocab == Vocab::ids) kept.vocab = keep_ids(vocab, new_ids, kept.tokens);
  if (read.vocab == Vocab::scores) kept.vocab = keep_scores(vocab, new_ids, kept.tokens);
  if (read.merges != Merges::absent) kept.merges = keep_merges(document.substr(read.merges_at), merges, read.merges);
  return kept;
}

}  // namespace polyvocab::json
