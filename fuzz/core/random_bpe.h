// A BPE with a small vocabulary, and the same one without its merges.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/models/bpe.h"
#include "core/models/byte_alphabet.h"
#include "core/unicode/utf8.h"
#include "fuzz.h"
#include "vocabulary.h"

namespace polyvocab::fuzz {

// Characters of GPT-2's alphabet, and one that is none.
inline constexpr std::string_view byte_letters[] = {"a", "b", "c", "1", "Ġ", "Ã", "©", "中"};

struct RandomBpe {
  std::vector<std::string> tokens{"<unk>"};
  std::vector<Merge> merges;  // in order of rank
  BpeOptions options;

  // `alphabet`: the strings of which tokens are made.
  RandomBpe(Input& input, std::span<const std::string_view> alphabet, Spelt spelt) {
    options.spelt = spelt;
    if (input.ConsumeBool()) options.unknown = 0;
    options.fuse_unknown = input.ConsumeBool();
    options.byte_fallback = input.ConsumeBool();
    options.ignore_merges = input.ConsumeIntegralInRange(0, 7) == 0;
    if (input.ConsumeIntegralInRange(0, 7) == 0) options.continuing_prefix = "##";
    if (input.ConsumeIntegralInRange(0, 7) == 0) options.end_suffix = "</w>";
    for (const auto letter : alphabet) {
      const auto kinds = input.ConsumeIntegral<std::uint8_t>();
      if (kinds & 7) add(std::string(letter));
      if (kinds & 8) add(options.continuing_prefix + std::string(letter));
      if (kinds & 16) add(std::string(letter) + options.end_suffix);
      if (kinds & 32) add(options.continuing_prefix + std::string(letter) + options.end_suffix);
    }
    if (options.byte_fallback) {
      for (const char* byte : {"<0xC3>", "<0xA9>", "<0x61>", "<0xE4>", "<0xB8>", "<0xAD>", "<0x20>"}) {
        if (input.ConsumeIntegralInRange(0, 7) > 0) add(byte);
      }
    }
    if (tokens.size() == 1) add("a");
    // As a trainer learns them: every pair once, and every token of one pair. Otherwise as it comes.
    const bool is_learnt = input.ConsumeBool();
    for (auto count = input.ConsumeIntegralInRange(0, 60); count > 0; --count) {
      const std::size_t left = pick(input), right = pick(input);
      if (tokens[right].size() < options.continuing_prefix.size() || tokens[left].size() + tokens[right].size() > 60) continue;
      const std::string both = tokens[left] + tokens[right].substr(options.continuing_prefix.size());
      if (is_learnt && std::ranges::find(tokens, both) != tokens.end()) continue;
      merges.push_back({static_cast<TokenId>(left), static_cast<TokenId>(right), static_cast<TokenId>(add(both)), 0});
    }
    // Some of them too early, before the merges that make their parts.
    for (auto count = std::max(0, input.ConsumeIntegralInRange(-3, 3)); count > 0 && !merges.empty(); --count) {
      const auto moved = merges.begin() + input.ConsumeIntegralInRange<std::ptrdiff_t>(0, std::ssize(merges) - 1);
      const auto to = merges.begin() + input.ConsumeIntegralInRange<std::ptrdiff_t>(0, moved - merges.begin());
      std::rotate(to, moved, moved + 1);
    }
    for (std::size_t rank = 0; rank < merges.size(); ++rank) merges[rank].rank = static_cast<std::uint32_t>(rank);
  }

  // Letters, and tokens as they are in words, so that words have what takes many merges.
  std::string word(Input& input, std::size_t most_bytes) const {
    std::vector<std::string> texts(std::begin(letters), std::end(letters));
    for (const std::string& token : tokens) {
      std::string text;
      if (options.spelt != Spelt::in_alphabet) text = token;
      else static_cast<void>(byte_alphabet::append(token, text));
      if (!text.empty() && utf8::first_invalid(text) == std::string::npos) texts.push_back(std::move(text));
    }
    std::string out;
    while (input.remaining_bytes() > 0 && out.size() < most_bytes) {
      out += texts[input.ConsumeIntegralInRange<std::size_t>(0, texts.size() - 1)];
    }
    return out;
  }

  ModelPtr model(std::span<const Merge> some_merges) const {
    std::vector<TokenId> ids(tokens.size());
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<TokenId>(i);
    const Vocabulary vocabulary(tokens);
    return bpe(vocabulary.strings(), ids, some_merges, options);
  }

 private:
  std::size_t pick(Input& input) { return input.ConsumeIntegralInRange<std::size_t>(1, tokens.size() - 1); }

  std::size_t add(const std::string& token) {
    const auto known = std::ranges::find(tokens, token);
    if (known != tokens.end()) return static_cast<std::size_t>(known - tokens.begin());
    tokens.push_back(token);
    return tokens.size() - 1;
  }
};

}  // namespace polyvocab::fuzz
