// A str made of text that is known to be UTF-8. Python would check it again, and find out only on the way how wide it is.
#pragma once

#include <algorithm>

#include "bindings/bindings.h"
#include "core/unicode/fixed_width.h"

namespace polyvocab {

// A str whose characters are still to be written: nobody else may see it until then.
inline py::str unwritten_str(const utf8::Measure& measure) {
  constexpr Py_UCS4 highest[] = {0x7F, 0xFF, 0xFFFF, 0x10FFFF};
  PyObject* made = PyUnicode_New(static_cast<Py_ssize_t>(measure.characters), highest[static_cast<int>(measure.width)]);
  if (made == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(made);
}

// Writes the text whose measure the str has. Needs no GIL.
inline void write_characters(const py::str& str, std::string_view text) {
  void* const characters = PyUnicode_DATA(str.ptr());
  if (PyUnicode_IS_ASCII(str.ptr())) {
    std::copy(text.begin(), text.end(), static_cast<char*>(characters));
    return;
  }
  switch (PyUnicode_KIND(str.ptr())) {
    case PyUnicode_1BYTE_KIND:
      return utf8::widen(text, static_cast<std::uint8_t*>(characters));
    case PyUnicode_2BYTE_KIND:
      return utf8::widen(text, static_cast<std::uint16_t*>(characters));
    default:
      return utf8::widen(text, static_cast<std::uint32_t*>(characters));
  }
}

inline py::str new_str(std::string_view text) {
  py::str made = unwritten_str(utf8::measure(text));
  write_characters(made, text);
  return made;
}

}  // namespace polyvocab
