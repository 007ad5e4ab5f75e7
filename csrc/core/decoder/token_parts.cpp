// The decoders that rewrite each token by itself.
#include <stdexcept>
#include <string_view>

#include "core/decoder/cleanup.h"
#include "core/decoder/part.h"
#include "core/decoder/replace_all.h"
#include "core/splitter/splitter.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

void TokenPart::apply(std::vector<std::string>& tokens) const {
  for (std::size_t i = 0; i < tokens.size(); ++i) rewrite(tokens[i], i == 0, i + 1 == tokens.size());
}

namespace {

class Metaspace final : public TokenPart {
 public:
  Metaspace(char32_t replacement, bool prepended)
      : replacement_(utf8::encode(replacement).view()), prepended_(prepended) {}
  bool depends_on_place() const override { return prepended_; }
  void rewrite(std::string& token, bool first, bool) const override {
    replace_all(token, replacement_, first && prepended_ ? "" : " ");
  }

 private:
  std::string replacement_;
  bool prepended_;
};

class WordPiece final : public TokenPart {
 public:
  WordPiece(std::string prefix, bool cleanup) : prefix_(std::move(prefix)), cleanup_(cleanup) {}
  bool depends_on_place() const override { return true; }
  void rewrite(std::string& token, bool first, bool) const override {
    if (!first) {
      if (token.starts_with(prefix_)) {
        token.erase(0, prefix_.size());
      } else {
        token.insert(token.begin(), ' ');
      }
    }
    if (cleanup_) clean_up_spaces(token);
  }

 private:
  std::string prefix_;
  bool cleanup_;
};

class Bpe final : public TokenPart {
 public:
  explicit Bpe(std::string suffix) : suffix_(std::move(suffix)) {}
  bool depends_on_place() const override { return true; }
  void rewrite(std::string& token, bool, bool last) const override { replace_all(token, suffix_, last ? "" : " "); }

 private:
  std::string suffix_;
};

class Strip final : public TokenPart {
 public:
  Strip(char32_t content, std::size_t start, std::size_t stop)
      : content_(utf8::encode(content).view()), start_(start), stop_(stop) {}
  void rewrite(std::string& token, bool, bool) const override {
    const std::string_view text = token;
    const std::size_t size = content_.size();
    std::size_t leading = 0;
    while (leading < start_ && text.substr(leading * size).starts_with(content_)) ++leading;
    std::size_t trailing = 0;
    std::string_view rest = text;
    for (; trailing < stop_; ++trailing, rest.remove_suffix(size)) {
      if (rest.empty()) throw std::invalid_argument("Strip: the end of '" + token + "' has fewer characters than it strips");
      if (!rest.ends_with(content_)) break;
    }
    if (leading * size > rest.size()) {
      throw std::invalid_argument("Strip: what it strips from the two ends of '" + token + "' overlaps");
    }
    token.resize(rest.size());
    token.erase(0, leading * size);
  }

 private:
  std::string content_;
  std::size_t start_;
  std::size_t stop_;
};

class ReplaceText final : public TokenPart {
 public:
  ReplaceText(std::string what, std::string by) : what_(std::move(what)), by_(std::move(by)) {}
  void rewrite(std::string& token, bool, bool) const override {
    if (!token.empty()) replace_all(token, what_, by_);
  }

 private:
  std::string what_;
  std::string by_;
};

class ReplacePattern final : public TokenPart {
 public:
  ReplacePattern(std::shared_ptr<const Splitter> pattern, std::string by)
      : pattern_(std::move(pattern)), by_(std::move(by)) {}
  void rewrite(std::string& token, bool, bool) const override {
    std::string out;
    std::size_t from = 0;
    for (;;) {
      const auto match = pattern_->next(token, from);
      out.append(token, from, match.begin - from);
      if (match.begin == match.end) break;
      out.append(by_);
      from = match.end;
    }
    token = std::move(out);
  }

 private:
  std::shared_ptr<const Splitter> pattern_;
  std::string by_;
};

class JoinBySpace final : public TokenPart {
 public:
  bool depends_on_place() const override { return true; }
  void rewrite(std::string& token, bool first, bool) const override {
    if (!first) token.insert(token.begin(), ' ');
  }
};

}  // namespace

DecoderPartPtr metaspace_decoder(char32_t replacement, bool prepended) {
  return std::make_shared<Metaspace>(replacement, prepended);
}
DecoderPartPtr word_piece_decoder(std::string prefix, bool cleanup) {
  return std::make_shared<WordPiece>(std::move(prefix), cleanup);
}
DecoderPartPtr bpe_decoder(std::string suffix) { return std::make_shared<Bpe>(std::move(suffix)); }
DecoderPartPtr strip_decoder(char32_t content, std::size_t start, std::size_t stop) {
  return std::make_shared<Strip>(content, start, stop);
}
DecoderPartPtr replace_text_decoder(std::string what, std::string by) {
  return std::make_shared<ReplaceText>(std::move(what), std::move(by));
}
DecoderPartPtr replace_pattern_decoder(std::shared_ptr<const Splitter> pattern, std::string by) {
  return std::make_shared<ReplacePattern>(std::move(pattern), std::move(by));
}
DecoderPartPtr join_by_space() { return std::make_shared<JoinBySpace>(); }

}  // namespace polyvocab
