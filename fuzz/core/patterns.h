// Split patterns of published tokenizers, compiled once.
#pragma once

#include <memory>
#include <vector>

#include "core/splitter/splitter.h"
#include "fuzz.h"

namespace polyvocab::fuzz {

using SplitterPtr = std::shared_ptr<const Splitter>;

inline const SplitterPtr& pattern(Input& input) {
  const auto compiled = [](Dialect dialect, const char* text) { return std::make_shared<const Splitter>(text, dialect); };
  static const std::vector<SplitterPtr> all{
      compiled(Dialect::oniguruma, R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)"),
      compiled(Dialect::oniguruma, R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})"
                                   R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"),
      compiled(Dialect::rust, R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+)"
                              R"(|\s++$|\s*[\r\n]|\s+(?!\S)|\s)"),
      compiled(Dialect::rust, R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
                              R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
                              R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
                              R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
                              R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)"),
      compiled(Dialect::oniguruma, R"(<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}])"
                                   R"(|[^\s\p{L}\p{N}]+)"),
      compiled(Dialect::oniguruma, R"(\w+|[^\w\s]+)"),
      compiled(Dialect::oniguruma, R"(\s+)"),
      compiled(Dialect::oniguruma, R"( {2,}|[0-9])"),
  };
  return all[input.ConsumeIntegralInRange<std::size_t>(0, all.size() - 1)];
}

}  // namespace polyvocab::fuzz
