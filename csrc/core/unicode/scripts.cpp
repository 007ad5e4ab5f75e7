#include <algorithm>
#include <iterator>

#include "core/unicode/properties.h"

namespace polyvocab::unicode {
namespace {

struct ScriptRun {
  std::uint32_t first : 24;  // to where the next one begins
  std::uint32_t script : 8;
};

#include "core/unicode/tables_scripts.inc"

}  // namespace

unsigned script_of(char32_t code) {
  const auto* after = std::upper_bound(std::begin(script_runs), std::end(script_runs), code,
                                       [](char32_t sought, const ScriptRun& run) { return sought < run.first; });
  return std::prev(after)->script;
}

}  // namespace polyvocab::unicode
