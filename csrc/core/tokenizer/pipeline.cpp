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
    : words_(pipeline.parts_.model), scratch_(pipeline.parts_.model->scratch()) {
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

namespace {

void add_whole(TokenId id, std::string_view surface, Span span, AlignedTokens& out) {
  out.surfaces.emplace_back(out.ids.size(), surface);
  out.words.push_back(out.words.empty() ? 0 : out.words.back() + 1);
  out.ids.push_back(id);
  out.spans.push_back(span);
}

// What is walked over as ids.
class IdSink final : public WordSink {
 public:
  IdSink(WordEncoder& words, std::optional<WordEncoder>& chunks, IdBuffer& out) : words_(words), chunks_(chunks), out_(out) {}

  void token(TokenId id) override { out_.add(id); }
  void words(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends) override {
    words_.encode(text, begin, ends, out_);
  }
  void words(std::string_view text, std::span<const Span> words) override {
    for (const Span& word : words) words_.encode(text, word, out_);
  }
  void chunks(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends) override {
    chunks_->encode(text, begin, ends, out_);
  }

 private:
  WordEncoder& words_;
  std::optional<WordEncoder>& chunks_;
  IdBuffer& out_;
};

}  // namespace

void Pipeline::encode(std::string_view document, bool encode_special_tokens, Worker& worker, IdBuffer& out) const {
  IdSink sink(worker.words_, worker.chunks_, out);
  walk(document, encode_special_tokens, worker.memory_, sink);
}

void Pipeline::encode(std::string_view document, bool encode_special_tokens, Worker& worker, AlignedTokens& out) const {
  segment(
      document, encode_special_tokens, worker.memory_.raw_,
      [&](TokenId id, std::string_view text, Span span) { add_whole(id, text, span, out); },
      [&](std::string_view text, std::uint32_t offset) { align_plain(text, offset, encode_special_tokens, worker, out); });
}

void Pipeline::walk(std::string_view document, bool encode_special_tokens, WalkMemory& memory, WordSink& sink) const {
  segment(
      document, encode_special_tokens, memory.raw_, [&](TokenId id, std::string_view, Span) { sink.token(id); },
      [&](std::string_view text, std::uint32_t offset) { walk_plain(text, offset, encode_special_tokens, memory, sink); });
}

void Pipeline::walk_chunk(std::string_view chunk, WalkMemory& memory, WordSink& sink) const {
  walk_part(chunk, 0, stages_[false][false], memory, sink);
}

template <class OnToken, class OnText>
void Pipeline::segment(std::string_view document, bool encode_special_tokens, std::vector<Segment>& memory, OnToken&& on_token,
                       OnText&& on_text) const {
  if (document.size() >= std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument("a text of 4 GiB or more; cut it into documents");
  }
  if (document.empty()) return;
  if (raw_tokens_.empty()) return on_text(document, 0);
  memory.clear();
  raw_tokens_.segment(document, encode_special_tokens, memory);
  for (const Segment& segment : memory) {
    const auto text = document.substr(segment.begin, segment.end - segment.begin);
    if (segment.id) {
      on_token(*segment.id, text, {segment.begin, segment.end});
    } else {
      on_text(text, segment.begin);
    }
  }
}

// Text without raw added tokens. Where nothing rewrites it, it is not copied.
void Pipeline::walk_plain(std::string_view text, std::uint32_t offset, bool encode_special_tokens, WalkMemory& memory,
                          WordSink& sink) const {
  if (joints_) return walk_chunks(text, offset, memory, sink);
  const Stages& whole = stages_[true][true];
  if (!pattern_ && normalized_tokens_.empty()) return walk_part(text, offset, whole, memory, sink);
  Text normal;
  const bool rewritten = whole.normalizer && !whole.normalizer->leaves(text);
  if (rewritten) {
    normal = Text(text, offset, whole.must_align(true));
    whole.normalizer->normalize(normal);
  }
  const std::string_view view = rewritten ? std::string_view(normal.bytes) : text;
  if (view.empty()) return;
  const auto walk_between = [&](std::uint32_t begin, std::uint32_t end) {
    if (pattern_) return walk_words(view.substr(begin, end - begin), memory, sink);
    Text part = rewritten ? normal.slice({begin, end})
                          : Text(view.substr(begin, end - begin), offset + begin, whole.must_align(false));
    walk_normal(std::move(part), whole.pre_tokenizer.get(), memory, sink);
  };
  if (normalized_tokens_.empty()) return walk_between(0, static_cast<std::uint32_t>(view.size()));
  memory.normalized_.clear();
  normalized_tokens_.segment(view, encode_special_tokens, memory.normalized_);
  for (const Segment& segment : memory.normalized_) {
    if (segment.id) {
      sink.token(*segment.id);
    } else {
      walk_between(segment.begin, segment.end);
    }
  }
}

void Pipeline::walk_part(std::string_view text, std::uint32_t offset, const Stages& stages, WalkMemory& memory,
                         WordSink& sink) const {
  Text normal(text, offset, stages.must_align(stages.normalizer != nullptr));
  if (stages.normalizer) stages.normalizer->normalize(normal);
  if (!normal.bytes.empty()) walk_normal(std::move(normal), stages.pre_tokenizer.get(), memory, sink);
}

// The chunks of a text. Where the pipeline treats the beginning or the end of a text in its own way, those are parts that are
// not remembered; each reaches to a letter or a digit, so that no white space is stripped beyond it.
void Pipeline::walk_chunks(std::string_view text, std::uint32_t offset, WalkMemory& memory, WordSink& sink) const {
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
    if (is_all) return walk_part(text, offset, stages_[true][true], memory, sink);
    walk_part(text.substr(0, begin), offset, stages_[true][false], memory, sink);
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
  while (const std::size_t count = chunks.next(memory.ends_.data(), memory.ends_.size())) {
    sink.chunks(middle, at, std::span(memory.ends_).first(count));
    at = memory.ends_[count - 1];
  }
  if (ends_apart) walk_part(text.substr(end), offset + end, stages_[begin == 0 && end == 0][true], memory, sink);
}

void Pipeline::align_plain(std::string_view text, std::uint32_t offset, bool encode_special_tokens, Worker& worker,
                           AlignedTokens& out) const {
  Text normal(text, offset, true);
  if (parts_.normalizer) parts_.normalizer->normalize(normal);
  if (normal.bytes.empty()) return;
  if (normalized_tokens_.empty()) return align_normal(std::move(normal), worker, out);
  worker.memory_.normalized_.clear();
  normalized_tokens_.segment(normal.bytes, encode_special_tokens, worker.memory_.normalized_);
  for (const Segment& segment : worker.memory_.normalized_) {
    Text part = normal.slice({segment.begin, segment.end});
    if (segment.id) {
      add_whole(*segment.id, part.bytes, {part.spans.front().begin, part.spans.back().end}, out);
    } else {
      align_normal(std::move(part), worker, out);
    }
  }
}

// The words of a pattern, straight from the text.
void Pipeline::walk_words(std::string_view text, WalkMemory& memory, WordSink& sink) const {
  std::string prefixed;
  if (pattern_->prefix_space && !text.starts_with(' ')) {
    prefixed.reserve(text.size() + 1);
    prefixed += ' ';
    prefixed += text;
    text = prefixed;
  }
  const auto walk_ends = [&](std::uint32_t begin, std::size_t count) {
    sink.words(text, begin, std::span(memory.ends_).first(count));
    return memory.ends_[count - 1];
  };
  if (pattern_->splitter == nullptr) {
    memory.ends_[0] = static_cast<std::uint32_t>(text.size());
    walk_ends(0, 1);
    return;
  }
  Cuts cuts(*pattern_->splitter, text);
  std::uint32_t begin = 0;
  while (const std::size_t count = cuts.next(memory.ends_.data(), memory.ends_.size())) begin = walk_ends(begin, count);
}

void Pipeline::walk_normal(Text&& text, const PreTokenizer* pre_tokenizer, WalkMemory& memory, WordSink& sink) const {
  memory.pieces_.assign(1, {0, text.size()});
  if (pre_tokenizer) pre_tokenizer->cut(text, memory.pieces_);
  sink.words(text.bytes, memory.pieces_);
}

void Pipeline::align_normal(Text&& text, Worker& worker, AlignedTokens& out) const {
  worker.memory_.pieces_.assign(1, {0, text.size()});
  if (parts_.pre_tokenizer) parts_.pre_tokenizer->cut(text, worker.memory_.pieces_);
  std::uint32_t word = out.words.empty() ? 0 : out.words.back() + 1;
  Tokens& tokens = worker.tokens_;
  tokens.want_spans = true;
  for (const Span& piece : worker.memory_.pieces_) {
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
