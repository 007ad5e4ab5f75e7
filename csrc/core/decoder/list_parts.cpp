// The decoders that look at more than one token.
#include <algorithm>

#include "core/decoder/byte_tokens.h"
#include "core/decoder/cleanup.h"
#include "core/decoder/part.h"
#include "core/decoder/replace_all.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

class ByteLevel final : public DecoderPart {
 public:
  Scope scope() const override { return Scope::byte_level; }
  void apply(std::vector<std::string>& tokens) const override {
    std::string bytes;
    for (const auto& token : tokens) append_byte_level(token, bytes);
    tokens.assign(1, utf8::lossy(bytes));
  }
};

class ByteFallback final : public DecoderPart {
 public:
  Scope scope() const override { return Scope::byte_fallback; }
  void apply(std::vector<std::string>& tokens) const override {
    std::vector<std::string> out;
    std::string run;
    const auto end_run = [&] {
      if (run.empty()) return;
      if (utf8::first_invalid(run) == std::string::npos) {
        out.push_back(run);
      } else {
        out.insert(out.end(), run.size(), "\uFFFD");
      }
      run.clear();
    };
    for (auto& token : tokens) {
      if (const auto byte = fallback_byte(token)) {
        run.push_back(*byte);
      } else {
        end_run();
        out.push_back(std::move(token));
      }
    }
    end_run();
    tokens = std::move(out);
  }
};

class Fuse final : public DecoderPart {
 public:
  Scope scope() const override { return Scope::fuse; }
  void apply(std::vector<std::string>& tokens) const override {
    std::string text;
    for (const auto& token : tokens) text.append(token);
    tokens.assign(1, std::move(text));
  }
};

class Ctc final : public DecoderPart {
 public:
  Ctc(std::string pad_token, std::string word_delimiter, bool cleanup)
      : pad_token_(std::move(pad_token)), word_delimiter_(std::move(word_delimiter)), cleanup_(cleanup) {}
  Scope scope() const override { return Scope::neighbours; }
  void apply(std::vector<std::string>& tokens) const override {
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    for (auto& token : tokens) {
      replace_all(token, pad_token_, "");
      if (!cleanup_) continue;
      clean_up_spaces(token);
      replace_all(token, word_delimiter_, " ");
    }
    std::erase_if(tokens, [](const std::string& token) { return token.empty(); });
  }

 private:
  std::string pad_token_;
  std::string word_delimiter_;
  bool cleanup_;
};

}  // namespace

DecoderPartPtr byte_level_decoder() { return std::make_shared<ByteLevel>(); }
DecoderPartPtr byte_fallback_decoder() { return std::make_shared<ByteFallback>(); }
DecoderPartPtr fuse_decoder() { return std::make_shared<Fuse>(); }
DecoderPartPtr ctc_decoder(std::string pad_token, std::string word_delimiter, bool cleanup) {
  return std::make_shared<Ctc>(std::move(pad_token), std::move(word_delimiter), cleanup);
}

std::string run_decoders(std::span<const DecoderPartPtr> parts, std::vector<std::string> tokens) {
  for (const auto& part : parts) part->apply(tokens);
  std::string text;
  for (const auto& token : tokens) text.append(token);
  return text;
}

}  // namespace polyvocab
