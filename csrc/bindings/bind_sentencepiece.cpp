// SentencePiece's own parts of a tokenizer. They join the others in `components`, which must be bound before.
#include "bindings/bindings.h"
#include "bindings/strings.h"
#include "core/models/sentencepiece.h"
#include "core/models/sentencepiece_unigram.h"
#include "core/normalizer/sentencepiece.h"

namespace polyvocab {
namespace {

std::shared_ptr<Model> model_named(const std::string& algorithm, const Strings& pieces, std::span<const float> scores,
                                   const std::vector<PieceType>& types, bool byte_fallback) {
  ModelPtr model;
  if (algorithm == "unigram") model = sentencepiece_unigram(pieces, scores, types, byte_fallback);
  else if (algorithm == "bpe") model = sentencepiece_bpe(pieces, scores, types, byte_fallback);
  else if (algorithm == "char") model = sentencepiece_char(pieces, types, byte_fallback);
  else if (algorithm == "word") model = sentencepiece_word(pieces, types, byte_fallback);
  else throw std::invalid_argument("unknown algorithm '" + algorithm + "'");
  return std::const_pointer_cast<Model>(model);
}

}  // namespace

void bind_sentencepiece(py::module_& module) {
  py::module_ m = module.attr("components");
  m.def("sentencepiece_normalizer",
        [](const py::bytes& data, const Array<std::uint64_t>& offsets, const py::bytes& charsmap, bool add_dummy_prefix,
           bool remove_extra_whitespaces, bool escape_whitespaces, bool treat_whitespace_as_suffix) {
          return std::const_pointer_cast<Normalizer>(
              sentencepiece_normalizer({.charsmap = charsmap, .user_defined = strings(data, offsets),
                                        .add_dummy_prefix = add_dummy_prefix,
                                        .remove_extra_whitespaces = remove_extra_whitespaces,
                                        .escape_whitespaces = escape_whitespaces,
                                        .treat_whitespace_as_suffix = treat_whitespace_as_suffix}));
        },
        py::arg("data"), py::arg("offsets"), py::kw_only(), py::arg("charsmap"), py::arg("add_dummy_prefix"),
        py::arg("remove_extra_whitespaces"), py::arg("escape_whitespaces"), py::arg("treat_whitespace_as_suffix"),
        "`data`, `offsets`: the user-defined symbols.");
  m.def("sentencepiece_model",
        [](const std::string& algorithm, const py::bytes& data, const Array<std::uint64_t>& offsets, const Array<float>& scores,
           const Array<std::uint8_t>& types, bool byte_fallback) {
          return model_named(algorithm, strings(data, offsets), values(scores), piece_types(types), byte_fallback);
        },
        py::arg("algorithm"), py::arg("data"), py::arg("offsets"), py::arg("scores"), py::arg("types"),
        py::arg("byte_fallback"));
}

}  // namespace polyvocab
