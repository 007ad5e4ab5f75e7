// Fragments of characters that together are no text, and what stands in their place.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/decoder/text_buffer.h"
#include "core/decoder/token_texts.h"

namespace polyvocab {

// How a run of fragments becomes text where it is no UTF-8.
enum class Repair {
  none,           // there are no fragments
  whole_run,      // U+FFFD for each byte of the run
  invalid_bytes,  // U+FFFD for each byte that is in no character
  sequences,      // U+FFFD for each sequence that breaks off, as utf8::lossy; runs do not matter
};

// Appends tokens as they are, and tells whether they are text.
class PlainWriter {
 public:
  explicit PlainWriter(TextBuffer& out) : out_(out), begin_(out.size()) {}

  void write(std::string_view bytes, std::uint8_t flags) {
    out_.append(bytes);
    seen_ |= flags;
  }
  void write(const TokenTexts& texts, std::span<const TokenId> ids, std::uint8_t skipped) {
    seen_ |= texts.append(ids, skipped, out_);
  }

  // What lies around the fragments is text. So all of it is text exactly if each run of fragments is, provided that runs are
  // parted by something.
  bool is_text() const;

 private:
  TextBuffer& out_;
  std::size_t begin_;
  std::uint8_t seen_ = 0;
};

// Appends tokens, and repairs each run of fragments before it goes on.
class RepairingWriter {
 public:
  RepairingWriter(TextBuffer& out, Repair repair) : out_(out), repair_(repair) {}

  void write(std::string_view bytes, std::uint8_t flags);
  void write(const TokenTexts& texts, std::span<const TokenId> ids, std::uint8_t skipped);
  // After the last token.
  void end_run();

 private:
  TextBuffer& out_;
  Repair repair_;
  std::size_t run_ = 0;  // bytes of fragments at the end
};

// Replaces what was appended since `begin`, as Repair::sequences says.
void repair_sequences(TextBuffer& out, std::size_t begin);

// Appends what `write` writes to a writer, repaired. It may be called twice: most often there is nothing to repair.
template <class Write>
void write_repaired(TextBuffer& out, Repair repair, const Write& write) {
  const std::size_t begin = out.size();
  PlainWriter plain(out);
  write(plain);
  if (plain.is_text()) return;
  if (repair == Repair::sequences) return repair_sequences(out, begin);
  out.resize(begin);
  RepairingWriter repairing(out, repair);
  write(repairing);
  repairing.end_run();
}

}  // namespace polyvocab
