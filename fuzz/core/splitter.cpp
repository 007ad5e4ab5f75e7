// Any pattern: refused, or compiled to an automaton whose quick cuts are its matches and what lies between them.
#include "fuzz.h"
#include "matches.h"

using namespace polyvocab;

namespace {

constexpr std::string_view parts[] = {
    "a", "b", "é", " ", "\\s", "\\S", "\\d", "\\w", "\\p{L}", "\\p{N}", "\\p{Lu}", "\\P{L}", "\\r", "\\n", ".", "'",
    "[", "]", "[^", "[^\\s\\p{L}\\p{N}]", "[a-c]", "&&", "-", "(", "(?:", "(?i:", ")", "|", "*", "+", "?", "++", "*+",
    "?+", "*?", "{1,3}", "{2}", "{0,2}", "{2,}", "(?!\\S)", "(?=a)", "(?!", "$", "\\z", "\\u00e9", "\\x{1F642}",
    "[:alpha:]", "{", ","};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const Dialect dialect = input.ConsumeBool() ? Dialect::oniguruma : Dialect::rust;
  const bool of_parts = input.ConsumeBool();
  const std::string pattern = of_parts ? fuzz::text_of(input, parts, 0, 12) : input.ConsumeRandomLengthString(40);
  try {
    const Splitter splitter(pattern, dialect);
    const std::size_t capacity = input.ConsumeIntegralInRange<std::size_t>(Cuts::least_room, 150);
    fuzz::require_same_cuts(splitter, fuzz::rest_as_text(input, fuzz::fragments), capacity);
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
