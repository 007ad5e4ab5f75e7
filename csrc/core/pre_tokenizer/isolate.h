// The way that nearly every byte-level tokenizer cuts: matches of a pattern, and what lies between them, are pieces.
#pragma once

#include "core/pre_tokenizer/pre_tokenizer.h"

namespace polyvocab {

void isolate(const Splitter& pattern, const Text& text, std::vector<Span>& pieces);

}  // namespace polyvocab
