#include "core/json/tokenizer_json.h"

#include <algorithm>
#include <numeric>

#include "core/json/reader.h"
#include "core/models/string_table.h"
#include "core/unicode/utf8.h"

namespace polyvocab::json {
namespace {

using Vocab = TokenizerJson::Vocab;
using Merges = TokenizerJson::Merges;

void read_ids(Reader& reader, TokenizerJson& out) {
  for (bool more = reader.open(); more; more = reader.next()) {
    reader.key(out.tokens.bytes);
    out.tokens.end_string();
    reader.peek();
    const std::size_t start = reader.at();
    const Number id = reader.number();
    if (!id.is_count || id.magnitude > 0xFFFFFFFF) throw Error("an id must be a whole number from 0 to 4294967295", start);
    out.ids.push_back(static_cast<std::uint32_t>(id.magnitude));
  }
}

// [first, second]; `second` reads what follows the comma.
template <class Second>
void read_pair(Reader& reader, StringBlock& strings, const char* missing, const char* cut_off, Second&& second) {
  reader.expect('[', missing, cut_off);
  reader.string(strings.bytes);
  strings.end_string();
  reader.expect(',', "expected ','", "cut off: expected ','");
  second();
  reader.expect(']', "expected ']'", "cut off: expected ']'");
}

void read_scores(Reader& reader, TokenizerJson& out) {
  for (bool more = reader.open(); more; more = reader.next()) {
    read_pair(reader, out.tokens, "expected [piece, score]", "cut off: expected [piece, score]",
              [&] { out.scores.push_back(reader.number().value); });
  }
}

void read_merges(Reader& reader, TokenizerJson& out) {
  out.merges = Merges::lines;
  bool more = reader.open();
  if (more && reader.peek() == '[') out.merges = Merges::pairs;
  for (; more; more = reader.next()) {
    const auto part = [&] {
      reader.string(out.merge_parts.bytes);
      out.merge_parts.end_string();
    };
    if (out.merges == Merges::lines) {
      part();
    } else {
      read_pair(reader, out.merge_parts, "expected [left, right]", "cut off: expected [left, right]", part);
    }
  }
}

// Of equal tokens only the last stays.
void remove_repeated(StringBlock& tokens, std::vector<std::uint32_t>& ids) {
  std::vector<TokenId> positions(ids.size());
  std::iota(positions.begin(), positions.end(), TokenId{0});
  const StringTable last(tokens.view(), positions);
  const auto is_last = [&](TokenId i) { return *last.find(tokens.view()[i]) == i; };
  if (std::all_of(positions.begin(), positions.end(), is_last)) return;
  StringBlock kept;
  std::vector<std::uint32_t> kept_ids;
  for (const TokenId i : positions) {
    if (!is_last(i)) continue;
    kept.bytes += tokens.view()[i];
    kept.end_string();
    kept_ids.push_back(ids[i]);
  }
  tokens = std::move(kept);
  ids = std::move(kept_ids);
}

class DocumentReader {
 public:
  explicit DocumentReader(std::string_view document) : document_(document), reader_(document) {}

  TokenizerJson read() {
    if (reader_.peek() == '{') {
      read_members();
    } else {
      reader_.skip();
    }
    reader_.peek();
    if (reader_.at() != document_.size()) throw Error("something follows the end of the document", reader_.at());
    out_.skeleton.append(document_, copied_);
    if (out_.vocab == Vocab::ids) remove_repeated(out_.tokens, out_.ids);
    return std::move(out_);
  }

 private:
  std::string_view document_;
  Reader reader_;
  TokenizerJson out_;
  std::size_t copied_ = 0;  // how much of the document the skeleton has
  bool has_model_ = false;
  std::string key_;

  std::size_t key() {
    reader_.peek();
    const std::size_t start = reader_.at();
    key_.clear();
    reader_.key(key_);
    return start;
  }

  void read_members() {
    for (bool more = reader_.open(); more; more = reader_.next()) {
      const std::size_t start = key();
      if (key_ != "model" || reader_.peek() != '{') {
        reader_.skip();
        continue;
      }
      if (has_model_) throw Error("a second 'model'", start);
      has_model_ = true;
      read_model();
    }
  }

  void read_model() {
    for (bool more = reader_.open(); more; more = reader_.next()) {
      const std::size_t start = key();
      const char first = reader_.peek();
      const std::size_t begin = reader_.at();
      if (key_ == "vocab" && (first == '{' || first == '[')) {
        if (out_.vocab != Vocab::absent) throw Error("a second 'vocab'", start);
        out_.vocab = first == '{' ? Vocab::ids : Vocab::scores;
        out_.vocab_at = begin;
        first == '{' ? read_ids(reader_, out_) : read_scores(reader_, out_);
      } else if (key_ == "merges" && first == '[') {
        if (out_.merges != Merges::absent) throw Error("a second 'merges'", start);
        out_.merges_at = begin;
        read_merges(reader_, out_);
      } else {
        reader_.skip();
        continue;
      }
      out_.skeleton.append(document_, copied_, begin - copied_).append("null");
      copied_ = reader_.at();
    }
  }
};

}  // namespace

TokenizerJson read_tokenizer_json(std::string_view document) {
  const std::size_t invalid = utf8::first_invalid(document);
  if (invalid != std::string_view::npos) throw Error("invalid UTF-8", invalid);
  return DocumentReader(document).read();
}

}  // namespace polyvocab::json
