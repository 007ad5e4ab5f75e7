// The character n-grams of words, as fastText cuts and hashes them (Bojanowski et al. 2017).
//
// The n-grams of a word are all runs of min_n to max_n characters of "<word>", by where they begin and then by length; a
// single character that is only the mark of an end is none. Each is the FNV-1a hash of its bytes, modulo the number of
// buckets.
//
// Promises: only buckets that occur get a row; rows are numbered in the order in which they are met, so that the rows of
// words that stand first lie together.
// Expects: UTF-8 (other bytes count as characters of their own); buckets < 2^31.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace polyvocab {

// Appends the buckets of one word.
void subword_buckets(std::string_view word, int min_n, int max_n, std::uint32_t buckets, std::vector<std::uint32_t>& out);

struct Subwords {
  std::vector<std::int64_t> indptr;        // words + 1
  std::vector<std::uint32_t> rows;         // of each word's n-grams
  std::vector<std::uint32_t> row_buckets;  // the bucket of each row
};

// words: one behind the other; offsets: words + 1.
Subwords find_subwords(std::string_view words, const std::vector<std::int64_t>& offsets, int min_n, int max_n,
                       std::uint32_t buckets);

}  // namespace polyvocab
