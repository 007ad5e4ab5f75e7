#include "core/decoder/cleanup.h"

#include <string_view>

#include "core/decoder/replace_all.h"

namespace polyvocab {
namespace {

struct Rule {
  std::string_view what;
  std::string_view by;
};

// One after the other over the whole text: the order counts.
constexpr Rule rules[] = {{" .", "."},     {" ?", "?"},     {" !", "!"},           {" ,", ","},
                          {" ' ", "'"},    {" n't", "n't"}, {" 'm", "'m"},         {" do not", " don't"},
                          {" 's", "'s"},   {" 've", "'ve"}, {" 're", "'re"}};

}  // namespace

void clean_up_spaces(std::string& text) {
  // Every rule asks for a space.
  if (text.find(' ') == std::string::npos) return;
  for (const auto& rule : rules) replace_all(text, rule.what, rule.by);
}

}  // namespace polyvocab
