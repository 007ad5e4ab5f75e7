// Text to its romanization, as uroman 1.3.1.1 gives it.
//
// Promises: the same text for any number of threads, and however a text lies in a batch; time linear in the text.
// Expects: valid UTF-8. A Romanizer does not change after it is made: threads share it, each with a Worker of its own.
// Does not: remember texts. A worker remembers words, which no rule sees across.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/romanize/plain_characters.h"
#include "core/romanize/romanization.h"
#include "core/romanize/segment_cache.h"
#include "core/romanize/table.h"

namespace polyvocab::romanize {

struct Language {
  std::uint32_t bit = 0;  // as in Rule::languages; 0: none, or one that no rule names
  bool keeps_final_vowels = false, drops_final_vowels = false;  // as in Request
};

enum class Edges { best, alternatives, all };

class Romanizer {
 public:
  // `mark`: what is put before each letter that was made from something else; empty: nothing.
  Romanizer(std::shared_ptr<const Table> table, Language language, std::string mark);

  class Worker {
   public:
    explicit Worker(const Romanizer& romanizer);

    // Appends the romanization of a text.
    void append(std::string_view text, std::string& out);

    // The edges of a text; valid until the next call.
    const std::vector<Edge>& edges(std::string_view text, Edges which);

   private:
    // false where a part of the text cannot be romanized alone.
    bool append_by_segments(std::string_view text, std::string& out);
    bool append_segment(std::string_view segment, bool is_first, std::string& out);
    void append_whole(std::string_view text, std::string& out);
    // The text of an edge with marks, kept in its lattice.
    std::string_view marked(const Edge& edge, std::string_view original, Lattice& lattice);

    const Romanizer& romanizer_;
    std::unique_ptr<Request> request_, annotated_request_;
    std::unique_ptr<Romanization> romanization_, annotated_;
    std::vector<char32_t> characters_;
    std::vector<std::uint32_t> byte_offsets_;  // of the characters, and the end
    std::vector<Edge> edges_;
    SegmentCache cache_;
  };

 private:
  std::shared_ptr<const Table> table_;
  Language language_;
  std::string mark_;
  Decomposed decomposed_;
  PlainCharacters plain_;
  bool keeps_ascii_;  // text of ASCII without digits stays as it is
};

}  // namespace polyvocab::romanize
