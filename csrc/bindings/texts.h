// Texts from Python, checked: each must be UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bindings/bindings.h"
#include "bindings/strings.h"
#include "core/tokenizer/source_text.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

// `index` is for the message.
inline void require_utf8(std::string_view text, std::size_t index) {
  const auto bad = utf8::first_invalid(text);
  if (bad == std::string_view::npos) return;
  throw std::invalid_argument("text " + std::to_string(index) + " is no valid UTF-8 at byte " + std::to_string(bad));
}

// A str or bytes as it lies in memory. `index` is for messages.
inline std::string_view text_of(PyObject* text, std::size_t index) {
  if (PyUnicode_Check(text)) {
    Py_ssize_t size;
    const char* data = PyUnicode_AsUTF8AndSize(text, &size);
    if (data == nullptr) throw py::error_already_set();
    return {data, static_cast<std::size_t>(size)};
  }
  if (PyBytes_Check(text)) {
    const std::string_view view(PyBytes_AS_STRING(text), static_cast<std::size_t>(PyBytes_GET_SIZE(text)));
    require_utf8(view, index);
    return view;
  }
  throw py::type_error("text " + std::to_string(index) + " is a " + Py_TYPE(text)->tp_name + ": str or bytes is needed");
}

// Texts, where they lie in memory, and what keeps them there.
struct Texts {
  py::object owner;
  std::vector<std::string_view> views;
};

// A sequence of str or bytes. It is copied, text by text but not byte by byte: another thread may change it meanwhile.
inline Texts texts_of(const py::iterable& sequence) {
  Texts out{py::reinterpret_steal<py::object>(PySequence_Tuple(sequence.ptr())), {}};
  if (!out.owner) throw py::error_already_set();
  const Py_ssize_t count = PyTuple_GET_SIZE(out.owner.ptr());
  out.views.reserve(static_cast<std::size_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) {
    out.views.push_back(text_of(PyTuple_GET_ITEM(out.owner.ptr(), i), static_cast<std::size_t>(i)));
  }
  return out;
}

// The bytes of an object, which stay as they are.
class Bytes {
 public:
  explicit Bytes(const py::buffer& data) : held_(data.request()) {}
  std::string_view view() const {
    return {static_cast<const char*>(held_.ptr), static_cast<std::size_t>(held_.size * held_.itemsize)};
  }

 private:
  py::buffer_info held_;
};

// The same as they lie in memory, whatever the width of their characters is.
struct SourceTexts {
  py::object owner;
  std::vector<SourceText> texts;

  // Calls encode(texts) without the interpreter; a str that is no text fails as it does in Python.
  template <class Encode>
  auto without_interpreter(Encode&& encode) const {
    try {
      const py::gil_scoped_release release;
      return encode(std::span<const SourceText>(texts));
    } catch (const NoText& none) {
      text_of(PyTuple_GET_ITEM(owner.ptr(), static_cast<Py_ssize_t>(none.index)), none.index);
      throw std::logic_error("a text that is none");
    }
  }
};

inline SourceText source_of(PyObject* text, std::size_t index) {
  if (!PyUnicode_Check(text)) return text_of(text, index);
#if PY_VERSION_HEX < 0x030C0000
  if (PyUnicode_READY(text) != 0) throw py::error_already_set();
#endif
  if (PyUnicode_IS_COMPACT_ASCII(text)) return text_of(text, index);
  const auto length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(text));
  const auto width = static_cast<std::size_t>(PyUnicode_KIND(text));
  return {PyUnicode_DATA(text), length, width};
}

inline SourceTexts sources_of(const py::iterable& sequence) {
  SourceTexts out{py::reinterpret_steal<py::object>(PySequence_Tuple(sequence.ptr())), {}};
  if (!out.owner) throw py::error_already_set();
  const Py_ssize_t count = PyTuple_GET_SIZE(out.owner.ptr());
  out.texts.reserve(static_cast<std::size_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) {
    out.texts.push_back(source_of(PyTuple_GET_ITEM(out.owner.ptr(), i), static_cast<std::size_t>(i)));
  }
  return out;
}

// Texts in one buffer: text i is bytes[offsets[i], offsets[i + 1]).
class TextBlock {
 public:
  TextBlock(const py::buffer& data, const Array<std::int64_t>& offsets)
      : data_(data), offsets_(offsets), bounds_(values(offsets)) {}

  // Appends the texts; throws std::invalid_argument for those that are none. Needs no interpreter.
  template <class Text>
  void add_to(std::vector<Text>& out) const {
    const std::string_view bytes = data_.view();
    require(!bounds_.empty(), "offsets of texts are needed, one more than texts");
    for (std::size_t i = 0; i + 1 < bounds_.size(); ++i) {
      require(bounds_[i] >= 0 && bounds_[i] <= bounds_[i + 1] && static_cast<std::size_t>(bounds_[i + 1]) <= bytes.size(),
              "the offsets of texts must rise and stay within the data");
      const auto begin = static_cast<std::size_t>(bounds_[i]);
      const std::string_view text = bytes.substr(begin, static_cast<std::size_t>(bounds_[i + 1]) - begin);
      require_utf8(text, out.size());
      out.push_back(text);
    }
  }

 private:
  Bytes data_;
  Array<std::int64_t> offsets_;
  std::span<const std::int64_t> bounds_;
};

}  // namespace polyvocab
