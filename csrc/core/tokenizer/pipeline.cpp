#include "core/tokenizer/pipeline.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "core/splitter/splitter.h"

namespace polyvocab {

namespace {

// A chunk inside a text, as a model sees a word: the whole way from raw text to ids.
class ChunkModel final : public Model {
 public:
  ChunkModel(NormalizerPtr normalizer, PreTokenizerPtr pre_tokenizer, ModelPtr model)
      : normalizer_(std::move(normalizer)), pre_tokenizer_(std::move(pre_tokenizer)), model_(std::move(model)) {}

  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<ChunkScratch>(model_->scratch()); }

  void encode(std::string_view chunk, Scratch& scratch, Tokens& out) const override {
    auto& own = static_cast<ChunkScratch&>(scratch);
    Text text(chunk, 0, false);
    if (normalizer_) normalizer_->normalize(text);
    if (text.bytes.empty()) return;
    own.pieces.assign(1, {0, text.size()});
    if (pre_tokenizer_) pre_tokenizer_->cut(text, own.pieces);
    for (const auto [begin, end] : own.pieces) {
      model_->encode(std::string_view(text.bytes).substr(begin, end - begin), *own.inner, out);
    }
  }

 private:
  struct ChunkScratch : Scratch {
    std::unique_ptr<Scratch> inner;
    std::vector<Span> pieces;
    explicit ChunkScratch(std::unique_ptr<Scratch> inner) : inner(std::move(inner)) {}
  };
  NormalizerPtr normalizer_;
  PreTokenizerPtr pre_tokenizer_;
  ModelPtr model_;
};

}  // namespace

Worker::Worker(const Pipeline& pipeline)
    : words_(pipeline.parts_.model), scratch_(pipeline.parts_.model->scratch()), ends_(512) {
  if (pipeline.chunk_model_) chunks_.emplace(pipeline.chunk_model_);
}

Pipeline::Pipeline(Parts parts)
    : parts_(std::move(parts)),
      raw_tokens_(std::move(parts_.raw_tokens)),
      normalized_tokens_(std::move(parts_.normalized_tokens)) {
  if (!parts_.model) throw std::invalid_argument("a pipeline needs a model");
  if (parts_.pre_tokenizer) pattern_ = parts_.pre_tokenizer->as_pattern();
  for (const bool begins : {false, true}) {
    for (const bool ends : {false, true}) {
      stages_[begins][ends] = {part_of(parts_.normalizer, begins, ends), part_of(parts_.pre_tokenizer, begins)};
    }
  }
  const Stages& inside = stages_[false][false];
  if (pattern_ || !normalized_tokens_.empty() || inside.must_align(inside.normalizer != nullptr)) return;
  joints_ = Joints::of(parts_.normalizer, parts_.pre_tokenizer, *parts_.model);
  if (joints_) chunk_model_ = std::make_shared<ChunkModel>(inside.normalizer, inside.pre_tokenizer, parts_.model);
}

bool Pipeline::Stages::must_align(bool rewritten) const { return pre_tokenizer && pre_tokenizer->needs_alignment(rewritten); }

void Pipeline::encode(std::string_view document, bool encode_special_tokens, Worker& worker, IdBuffer& out) const {
  encode_document(document, encode_special_tokens, worker, out);
}

void Pipeline::encode(std::string_view document, bool encode_special_tokens, Worker& worker, AlignedTokens& out) const {
  encode_document(document, encode_special_tokens, worker, out);
}

namespace {

void add_whole(TokenId id, std::string_view, Span, IdBuffer& out) { out.add(id); }

void add_whole(TokenId id, std::string_view surface, Span span, AlignedTokens& out) {
  out.surfaces.emplace_back(out.ids.size(), surface);
  out.words.push_back(out.words.empty() ? 0 : out.words.back() + 1);
  out.ids.push_back(id);
  out.spans.push_back(span);
}

}  // namespace

template <class Out>
void Pipeline::encode_document(std::string_view document, bool encode_special_tokens, Worker& worker, Out& out) const {
  if (document.size() >= std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument("a text of 4 GiB or more; cut it into documents");
  }
  if (document.empty()) return;
  if (raw_tokens_.empty()) return encode_plain(document, 0, encode_special_tokens, worker, out);
  worker.raw_.clear();
  raw_tokens_.segment(document, encode_special_tokens, worker.raw_);
  for (const Segment& segment : worker.raw_) {
    const auto text = document.substr(segment.begin, segment.end - segment.begin);
    if (segment.id) {
      add_whole(*segment.id, text, {segment.begin, segment.end}, out);
    } else {
      encode_plain(text, segment.begin, encode_special_tokens, worker, out);
    }
  }
}

// Text without raw added tokens. Where nothing rewrites it, it is not copied.
void Pipeline::encode_plain(std::string_view text, std::uint32_t offset, bool encode_special_tokens, Worker& worker,
                            IdBuffer& out) const {
  if (joints_) return encode_chunks(text, offset, worker, out);
  const Stages& whole = stages_[true][true];
  if (!pattern_ && normalized_tokens_.empty()) return encode_part(text, offset, whole, worker, out);
  Text normal;
  const bool rewritten = whole.normalizer && !whole.normalizer->leaves(text);
  if (rewritten) {
    normal = Text(text, offset, whole.must_align(true));
    whole.normalizer->normalize(normal);
  }
  const std::string_view view = rewritten ? std::string_view(normal.bytes) : text;
  if (view.empty()) return;
  const auto encode_between = [&](std::uint32_t begin, std::uint32_t end) {
    if (pattern_) return encode_words(view.substr(begin, end - begin), worker, out);
    Text part = rewritten ? normal.slice({begin, end})
                          : Text(view.substr(begin, end - begin), offset + begin, whole.must_align(false));
    encode_normal(std::move(part), whole.pre_tokenizer.get(), worker, out);
  };
  if (normalized_tokens_.empty()) return encode_between(0, static_cast<std::uint32_t>(view.size()));
  worker.normalized_.clear();
  normalized_tokens_.segment(view, encode_special_tokens, worker.normalized_);
  for (const Segment& segment : worker.normalized_) {
    if (segment.id) {
      out.add(*segment.id);
    } else {
      encode_between(segment.begin, segment.end);
    }
  }
}

void Pipeline::encode_part(std::string_view text, std::uint32_t offset, const Stages& stages, Worker& worker,
                           IdBuffer& out) const {
  Text normal(text, offset, stages.must_align(stages.normalizer != nullptr));
  if (stages.normalizer) stages.normalizer->normalize(normal);
  if (!normal.bytes.empty()) encode_normal(std::move(normal), stages.pre_tokenizer.get(), worker, out);
}

// The chunks of a text. Where the pipeline treats the beginning or the end of a text in its own way, those are parts that are
// not remembered; each reaches to a letter or a digit, so that no white space is stripped beyond it.
void Pipeline::encode_chunks(std::string_view text, std::uint32_t offset, Worker& worker, IdBuffer& out) const {
  const auto differ = [](const Stages& a, const Stages& b) {
    return a.normalizer != b.normalizer || a.pre_tokenizer != b.pre_tokenizer;
  };
  const auto has_body = [&](std::string_view part) { return joints_->stays_solid(part); };
  const bool ends_apart = differ(stages_[true][true], stages_[true][false]);
  std::uint32_t begin = 0;
  if (differ(stages_[true][true], stages_[false][true])) {
    Chunks chunks(*joints_, text);
    bool body = false;
    for (std::uint32_t end = 0; !body && chunks.next(&end, 1); begin = end) body = has_body(text.substr(begin, end - begin));
    const bool is_all = begin == text.size() || (ends_apart && !has_body(text.substr(begin)));
    if (is_all) return encode_part(text, offset, stages_[true][true], worker, out);
    encode_part(text.substr(0, begin), offset, stages_[true][false], worker, out);
  }
  auto end = static_cast<std::uint32_t>(text.size());
  if (ends_apart) {
    bool body = false;
    do {
      --end;
      body = body || Joints::is_letter_or_digit(text[end]);
    } while (end > begin && !(body && end > 0 && joints_->opens(text, end)));
  }
  const auto middle = text.substr(begin, end - begin);
  Chunks chunks(*joints_, middle);
  std::uint32_t at = 0;
  while (const std::size_t count = chunks.next(worker.ends_.data(), worker.ends_.size())) {
    worker.chunks_->encode(middle, at, std::span(worker.ends_).first(count), out);
    at = worker.ends_[count - 1];
  }
  if (ends_apart) encode_part(text.substr(end), offset + end, stages_[begin == 0 && end == 0][true], worker, out);
}

void Pipeline::encode_plain(std::string_view text, std::uint32_t offset, bool encode_special_tokens, Worker& worker,
                            AlignedTokens& out) const {
  Text normal(text, offset, true);
  if (parts_.normalizer) parts_.normalizer->normalize(normal);
  if (normal.bytes.empty()) return;
  if (normalized_tokens_.empty()) return encode_normal(std::move(normal), worker, out);
  worker.normalized_.clear();
  normalized_tokens_.segment(normal.bytes, encode_special_tokens, worker.normalized_);
  for (const Segment& segment : worker.normalized_) {
    Text part = normal.slice({segment.begin, segment.end});
    if (segment.id) {
      add_whole(*segment.id, part.bytes, {part.spans.front().begin, part.spans.back().end}, out);
    } else {
      encode_normal(std::move(part), worker, out);
    }
  }
}

// The words of a pattern, straight from the text.
void Pipeline::encode_words(std::string_view text, Worker& worker, IdBuffer& out) const {
  std::string prefixed;
  if (pattern_->prefix_space && !text.starts_with(' ')) {
    prefixed.reserve(text.size() + 1);
    prefixed += ' ';
    prefixed += text;
    text = prefixed;
  }
  const auto encode_ends = [&](std::uint32_t begin, std::size_t count) {
    worker.words_.encode(text, begin, std::span(worker.ends_).first(count), out);
    return worker.ends_[count - 1];
  };
  if (pattern_->splitter == nullptr) {
    worker.ends_[0] = static_cast<std::uint32_t>(text.size());
    encode_ends(0, 1);
    return;
  }
  Cuts cuts(*pattern_->splitter, text);
  std::uint32_t begin = 0;
  while (const std::size_t count = cuts.next(worker.ends_.data(), worker.ends_.size())) begin = encode_ends(begin, count);
}

void Pipeline::encode_normal(Text&& text, const PreTokenizer* pre_tokenizer, Worker& worker, IdBuffer& out) const {
  worker.pieces_.assign(1, {0, text.size()});
  if (pre_tokenizer) pre_tokenizer->cut(text, worker.pieces_);
  for (const Span& piece : worker.pieces_) worker.words_.encode(text.bytes, piece, out);
}

void Pipeline::encode_normal(Text&& text, Worker& worker, AlignedTokens& out) const {
  worker.pieces_.assign(1, {0, text.size()});
  if (parts_.pre_tokenizer) parts_.pre_tokenizer->cut(text, worker.pieces_);
  std::uint32_t word = out.words.empty() ? 0 : out.words.back() + 1;
  Tokens& tokens = worker.tokens_;
  tokens.want_spans = true;
  for (const Span& piece : worker.pieces_) {
    tokens.ids.clear();
    tokens.spans.clear();
    const auto bytes = std::string_view(text.bytes).substr(piece.begin, piece.end - piece.begin);
    parts_.model->encode(bytes, *worker.scratch_, tokens);
    for (std::size_t i = 0; i < tokens.ids.size(); ++i) {
      const Span span = tokens.spans[i];
      if (tokens.ids[i] == parts_.surface_unknown) {
        out.surfaces.emplace_back(out.ids.size(), bytes.substr(span.begin, span.end - span.begin));
      }
      out.ids.push_back(tokens.ids[i]);
      const std::uint32_t begin = text.spans[piece.begin + span.begin].begin;
      // A byte piece that does not end its character stands for nothing of the text.
      const bool is_empty = span.begin == span.end;
      out.spans.push_back({begin, is_empty ? begin : text.spans[piece.begin + span.end - 1].end});
      out.words.push_back(word);
    }
    ++word;
  }
}

}  // namespace polyvocab
