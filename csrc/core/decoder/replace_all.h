// Every occurrence of a string replaced, from the left, none overlapping.
//
// An empty string occurs before every character and at the end.
// Expects: valid UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace polyvocab {

void replace_all(std::string& text, std::string_view what, std::string_view by);

}  // namespace polyvocab
