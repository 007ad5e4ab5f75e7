// Numbers with a fraction, as Python reads, rounds and writes them.
//
// Promises: the results of float(text), round(x, 5) and str(x), bit for bit, whatever the locale.
// Expects: no negative numbers.
#pragma once

#include <string>
#include <string_view>

namespace polyvocab::romanize {

// `text` is digits with one point among them, or what `append_float` wrote; infinite where it is too large.
double parse_float(std::string_view text);

double round_to_5_decimals(double x);

// Appends the shortest digits that read back as x: "0.25", "15000.0", "1e-05", "1e+16", "inf".
void append_float(std::string& text, double x);

// Appends all digits of a finite number without a fraction.
void append_integer(std::string& text, double x);

}  // namespace polyvocab::romanize
