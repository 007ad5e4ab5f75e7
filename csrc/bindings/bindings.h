// What all bindings share: pybind11 and the list of what module.cpp binds.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <stdexcept>
#include <string>

#include "core/recipe/element.h"

namespace py = pybind11;

namespace polyvocab {

void bind_batches(py::module_& module);
void bind_components(py::module_& module);
void bind_count(py::module_& module);
void bind_decode_stream(py::module_& module);
void bind_decoder(py::module_& module);
void bind_encoding(py::module_& module);
void bind_engine(py::module_& module);
void bind_expected_pieces(py::module_& module);
void bind_formats(py::module_& module);
void bind_post_processors(py::module_& module);
void bind_pursuit(py::module_& module);
void bind_recipe(py::module_& module);
void bind_replay(py::module_& module);
void bind_romanize(py::module_& module);
void bind_sentencepiece(py::module_& module);
void bind_separation(py::module_& module);
void bind_similarity(py::module_& module);
void bind_trim(py::module_& module);
void bind_unicode(py::module_& module);
void bind_vectors(py::module_& module);
void bind_cuda(py::module_& module);

// Arrays are taken as they are: a wrong type or order is the caller's error, not a silent copy.
template <class T>
using Array = py::array_t<T, py::array::c_style>;

inline void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

// "float32", "bfloat16" or "float16".
inline Element element_named(const std::string& name) {
  if (name == "float32") return Element::f32;
  if (name == "bfloat16") return Element::bf16;
  if (name == "float16") return Element::f16;
  throw std::invalid_argument("rows of type '" + name + "' cannot be combined: float32, bfloat16 or float16");
}

// A vector's memory handed to numpy without a copy.
template <class T>
py::array_t<T> as_array(std::vector<T>&& values) {
  auto* owner = new std::vector<T>(std::move(values));
  const py::capsule free(owner, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array_t<T>(static_cast<py::ssize_t>(owner->size()), owner->data(), free);
}

}  // namespace polyvocab
