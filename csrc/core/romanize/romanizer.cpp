#include "core/romanize/romanizer.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "core/romanize/alternatives.h"
#include "core/romanize/marks.h"
#include "core/unicode/utf8.h"

namespace polyvocab::romanize {
namespace {

bool is_ascii_digit(char c) { return '0' <= c && c <= '9'; }

void decode(std::string_view text, std::vector<char32_t>& characters, std::vector<std::uint32_t>& offsets) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) throw std::length_error("more than 4 GB of text in one line");
  characters.clear();
  offsets.clear();
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, bytes] = utf8::decode(text.data() + at);
    characters.push_back(code);
    offsets.push_back(static_cast<std::uint32_t>(at));
    at += bytes;
  }
  offsets.push_back(static_cast<std::uint32_t>(text.size()));
}

// The romanizations of all characters that are made of others, each of which may be made of others again.
class Decompositions {
 public:
  explicit Decompositions(const Request& request)
      : table_(request.table), out_(table_.decomposed.size()), is_done_(out_.size()), request_(request) {}

  Decomposed all() {
    for (std::size_t i = 0; i < out_.size(); ++i) make(i);
    return std::move(out_);
  }

 private:
  void make(std::size_t i) {
    if (is_done_[i]) return;
    is_done_[i] = true;
    std::vector<char32_t> characters;
    std::vector<std::uint32_t> offsets;
    decode(table_.string(table_.decompositions[i]), characters, offsets);
    for (const char32_t c : characters) {
      if (const std::size_t place = table_.place_decomposed(c); place < out_.size()) make(place);
    }
    romanization_.build(characters);
    romanization_.best_path([&](const Edge& edge) { out_[i] += edge.text; });
  }

  const Table& table_;
  Decomposed out_;
  std::vector<bool> is_done_;
  const Request request_;
  Romanization romanization_{request_, out_};
};

// Whether every rule for ASCII text, in this language, keeps it.
bool keeps_ascii(const Table& table, const Language& language, NodeId node, std::string& key) {
  for (const Rule& rule : table.rules_of(node)) {
    const bool holds = rule.languages == 0 || (rule.languages & language.bit) != 0;
    if (holds && rule.target != no_string && table.string(rule.target) != key) return false;
  }
  for (auto i = table.nodes[node].children_begin; i < table.nodes[node].children_end; ++i) {
    if (table.child_characters[i] >= 0x80) continue;
    key.push_back(static_cast<char>(table.child_characters[i]));
    if (!keeps_ascii(table, language, table.child_nodes[i], key)) return false;
    key.pop_back();
  }
  return true;
}

bool keeps_ascii(const Table& table, const Language& language) {
  for (char32_t c = 0; c < 0x80; ++c) {
    std::string key(1, static_cast<char>(c));
    if (const NodeId node = table.root(c); node != no_node && !keeps_ascii(table, language, node, key)) return false;
  }
  return true;
}

}  // namespace

Romanizer::Romanizer(std::shared_ptr<const Table> table, Language language, std::string mark)
    : table_(std::move(table)),
      language_(language),
      mark_(std::move(mark)),
      decomposed_(Decompositions({*table_, language.bit, language.keeps_final_vowels, language.drops_final_vowels}).all()),
      plain_(*table_, language.bit, mark_),
      keeps_ascii_(keeps_ascii(*table_, language)) {}

Romanizer::Worker::Worker(const Romanizer& romanizer) : romanizer_(romanizer) {
  const Language& language = romanizer.language_;
  const Request request{*romanizer.table_, language.bit, language.keeps_final_vowels, language.drops_final_vowels};
  request_ = std::make_unique<Request>(request);
  romanization_ = std::make_unique<Romanization>(*request_, romanizer.decomposed_);
}

void Romanizer::Worker::append(std::string_view text, std::string& out) {
  const std::size_t before = out.size();
  if (append_by_segments(text, out)) return;
  out.resize(before);
  append_whole(text, out);
}

bool Romanizer::Worker::append_by_segments(std::string_view text, std::string& out) {
  // A segment is a word with the spaces after it. No rule looks across a space, but for those that say so afterwards.
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    bool is_plain = romanizer_.keeps_ascii_;
    for (; end < text.size() && text[end] != ' '; ++end) is_plain &= utf8::is_ascii(text[end]) && !is_ascii_digit(text[end]);
    while (end < text.size() && text[end] == ' ') ++end;
    const std::string_view segment = text.substr(at, end - at);
    if (is_plain) {
      out += segment;
    } else if (!romanizer_.plain_.append(segment, out) && !append_segment(segment, at == 0, out)) {
      return false;
    }
    at = end;
  }
  return true;
}

bool Romanizer::Worker::append_segment(std::string_view segment, bool is_first, std::string& out) {
  const bool is_short = segment.size() <= SegmentCache::most_bytes;
  const std::uint64_t hash = is_short ? hash_bytes(segment) : 0;
  if (is_short) {
    if (const auto* known = cache_.find(segment, hash)) {
      out += known->romanized();
      return true;
    }
  }
  const std::size_t before = out.size();
  append_whole(segment, out);
  if (romanization_->has_braille() || (romanization_->saw_left_end() && !is_first)) return false;
  if (is_short && !romanization_->saw_left_end()) cache_.insert(segment, hash, std::string_view(out).substr(before));
  return true;
}

void Romanizer::Worker::append_whole(std::string_view text, std::string& out) {
  decode(text, characters_, byte_offsets_);
  romanization_->build(characters_);
  const bool is_marked = !romanizer_.mark_.empty();
  romanization_->best_path([&](const Edge& edge) { out += is_marked ? marked(edge, text, romanization_->lattice) : edge.text; });
}

std::string_view Romanizer::Worker::marked(const Edge& edge, std::string_view original, Lattice& lattice) {
  const std::size_t begin = byte_offsets_[edge.start], size = byte_offsets_[edge.end] - begin;
  if (edge.text.empty() || original.substr(begin, size) == edge.text) return edge.text;
  return lattice.keep(with_marks(*romanizer_.table_, edge.text, romanizer_.mark_));
}

const std::vector<Edge>& Romanizer::Worker::edges(std::string_view text, Edges which) {
  if (!annotated_) {
    annotated_request_ = std::make_unique<Request>(*request_);
    annotated_request_->is_annotated = true;
    annotated_ = std::make_unique<Romanization>(*annotated_request_, romanizer_.decomposed_);
  }
  decode(text, characters_, byte_offsets_);
  annotated_->build(characters_);
  Lattice& lattice = annotated_->lattice;
  std::vector<EdgeId> chosen;
  if (which == Edges::all) {
    for (std::uint32_t start = 0; start < lattice.size(); ++start) {
      const std::size_t first = chosen.size();
      for (EdgeId id = lattice.last_from(start); id != no_edge; id = lattice.edges[id].next_from_start) chosen.push_back(id);
      std::reverse(chosen.begin() + static_cast<std::ptrdiff_t>(first), chosen.end());
      std::stable_sort(chosen.begin() + static_cast<std::ptrdiff_t>(first), chosen.end(),
                       [&](EdgeId a, EdgeId b) { return lattice.edges[a].end > lattice.edges[b].end; });
    }
  } else {
    annotated_->best_path([&](const Edge& edge) { chosen.push_back(static_cast<EdgeId>(&edge - lattice.edges.data())); });
  }
  if (which != Edges::best) add_alternatives(*annotated_, chosen);
  edges_.clear();
  for (const EdgeId id : chosen) {
    edges_.push_back(lattice.edges[id]);
    if (!romanizer_.mark_.empty()) edges_.back().text = marked(edges_.back(), text, lattice);
  }
  return edges_;
}

}  // namespace polyvocab::romanize
