// Selections as Python names them.
#pragma once

#include <string>

#include "bindings/bindings.h"
#include "core/similarity/rows.h"

namespace polyvocab {

inline Selection selection_named(const std::string& name, std::int64_t k, double temperature) {
  if (name == "sparsemax") return Sparsemax{};
  if (name == "entmax") return Entmax{};
  require(name == "top_k", "a selection is sparsemax, entmax or top_k");
  require(k > 0 && temperature >= 0.0, "top_k needs k > 0 and a temperature >= 0");
  return TopK{k, temperature};
}

inline py::tuple as_tuple(SparseRows&& rows) {
  return py::make_tuple(as_array(std::move(rows.indptr)), as_array(std::move(rows.indices)),
                        as_array(std::move(rows.weights)));
}

}  // namespace polyvocab
