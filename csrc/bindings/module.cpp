#include "bindings/bindings.h"

PYBIND11_MODULE(_core, module, py::mod_gil_not_used()) {
  module.doc() = "The compiled core of polyvocab: flat arrays in, flat arrays out.";
  polyvocab::bind_components(module);
  polyvocab::bind_decoder(module);
  polyvocab::bind_decode_stream(module);
  polyvocab::bind_encoding(module);
  polyvocab::bind_engine(module);
  polyvocab::bind_post_processors(module);
  polyvocab::bind_batches(module);
  polyvocab::bind_formats(module);
  polyvocab::bind_count(module);
  polyvocab::bind_recipe(module);
  polyvocab::bind_replay(module);
  polyvocab::bind_romanize(module);
  polyvocab::bind_sentencepiece(module);
  polyvocab::bind_separation(module);
  polyvocab::bind_similarity(module);
  polyvocab::bind_pursuit(module);
  polyvocab::bind_expected_pieces(module);
  polyvocab::bind_trim(module);
  polyvocab::bind_unicode(module);
  polyvocab::bind_vectors(module);
  polyvocab::bind_cuda(module);
}
