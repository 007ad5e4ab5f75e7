#include <algorithm>
#include <utility>

#include "core/pre_tokenizer/cutting.h"
#include "core/wider.h"

namespace polyvocab {
namespace {

POLYVOCAB_WIDER std::size_t count_spaces(const char* bytes, std::size_t size) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < size; ++i) count += bytes[i] == ' ' ? 1 : 0;
  return count;
}

// The text that takes the place of the old one; room for it is made once.
class Output {
 public:
  Output(const Text& old, std::size_t size) : old_(old) {
    bytes_.resize(size);
    if (old.aligned) spans_.resize(size);
  }

  std::uint32_t size() const { return size_; }

  // Copies old bytes. They are few (a word), so that a call of memcpy would cost more than the loop.
  void copy(std::uint32_t begin, std::uint32_t end) {
    const char* const from = old_.bytes.data() + begin;
    char* const to = bytes_.data() + size_;
    for (std::uint32_t i = 0; i < end - begin; ++i) to[i] = from[i];
    if (old_.aligned) std::copy(old_.spans.begin() + begin, old_.spans.begin() + end, spans_.begin() + size_);
    size_ += end - begin;
  }

  // Writes `what`, which stands for what the old byte `at` stands for.
  void write(std::string_view what, std::uint32_t at) {
    std::copy(what.begin(), what.end(), bytes_.begin() + size_);
    if (old_.aligned) std::fill_n(spans_.begin() + size_, what.size(), old_.spans[at]);
    size_ += static_cast<std::uint32_t>(what.size());
  }

  void move_to(Text& text) {
    bytes_.resize(size_);
    if (text.aligned) spans_.resize(size_);
    text.assign(std::move(bytes_), std::move(spans_));
  }

 private:
  const Text& old_;
  std::string bytes_;
  std::vector<Span> spans_;
  std::uint32_t size_ = 0;
};

class Metaspace final : public PreTokenizer {
 public:
  Metaspace(char32_t replacement, Prepend scheme, bool split)
      : mark_(replacement), replacement_(utf8::encode(replacement)), scheme_(scheme), split_(split) {}

  // Spaces become the replacement, and a piece begins at each replacement, be it new or old.
  void cut(Text& text, std::vector<Span>& pieces) const override {
    const std::string_view mark = replacement_.view();
    if (is_one_word(text, pieces)) {
      const auto [begin, end] = pieces.front();
      const bool prepended = prepends(text, pieces.front());
      text.bytes.resize(end);
      text.bytes.replace(0, begin, prepended ? mark : std::string_view());
      pieces.front() = {0, text.size()};
      return;
    }
    const char* const bytes = text.bytes.data();
    const std::size_t spaces = count_spaces(bytes, text.bytes.size());
    Output out(text, text.bytes.size() + spaces * (mark.size() - 1) + pieces.size() * mark.size());
    cut_each(pieces, [&](Span piece) {
      std::uint32_t begin = out.size();
      const auto end_piece = [&] {
        if (begin < out.size()) pieces.push_back({begin, out.size()});
        begin = out.size();
      };
      if (prepends(text, piece)) out.write(mark, piece.begin);
      std::uint32_t copied = piece.begin;
      for (std::uint32_t at = piece.begin; at < piece.end;) {
        const bool is_space = bytes[at] == ' ';
        if (!is_space && (bytes[at] != replacement_.bytes[0] || !is_mark(text, at, piece.end))) {
          ++at;
          continue;
        }
        out.copy(copied, at);
        if (split_) end_piece();
        out.write(mark, at);
        at += is_space ? 1 : replacement_.size;
        copied = at;
      }
      out.copy(copied, piece.end);
      end_piece();
    });
    out.move_to(text);
  }

  // A piece may get a mark at its beginning, so that where it begins matters, unless it begins with one.
  Joint joint(char32_t left, char32_t right) const override {
    const bool marked = image(right) == mark_;
    if (!marked && scheme_ != Prepend::never) return Joint::together;
    if (!split_) return Joint::open;
    if (marked) return Joint::apart;
    return image(left) == mark_ ? Joint::together : Joint::open;
  }
  bool tells_pairs() const override { return true; }
  char32_t image(char32_t code) const override { return code == ' ' ? mark_ : code; }
  std::optional<PreTokenizerPtr> part(bool begins) const override {
    if (begins) return {};
    return metaspace(mark_, Prepend::never, split_);
  }

  bool needs_alignment(bool rewritten) const override { return scheme_ == Prepend::first && rewritten; }

 private:
  bool is_mark(const Text& text, std::uint32_t at, std::uint32_t end) const {
    if (end - at < replacement_.size) return false;
    return std::equal(replacement_.bytes, replacement_.bytes + replacement_.size, text.bytes.begin() + at);
  }

  // Whether the text is short and is one piece in which there is nothing to replace: nearly all that is not yet known. What
  // begins as the replacement does is taken for one.
  bool is_one_word(const Text& text, const std::vector<Span>& pieces) const {
    if (text.aligned || pieces.size() != 1 || text.bytes.size() > 256) return false;
    const std::string_view word = view(text, pieces.front());
    const auto is_replaced = [this](char byte) { return byte == ' ' || byte == replacement_.bytes[0]; };
    return !word.empty() && std::ranges::none_of(word, is_replaced);
  }

  bool prepends(const Text& text, Span piece) const {
    if (text.bytes[piece.begin] == ' ' || is_mark(text, piece.begin, piece.end)) return false;
    return scheme_ == Prepend::always || (scheme_ == Prepend::first && text.origin(piece.begin) == 0);
  }

  char32_t mark_;
  utf8::Encoded replacement_;  // the same as bytes
  Prepend scheme_;
  bool split_;
};

}  // namespace

PreTokenizerPtr metaspace(char32_t replacement, Prepend scheme, bool split) {
  return std::make_shared<Metaspace>(replacement, scheme, split);
}

}  // namespace polyvocab
