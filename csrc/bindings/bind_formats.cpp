#include "bindings/strings.h"
#include "core/json/keep_tokens.h"
#include "core/json/number.h"
#include "core/json/tokenizer_json.h"
#include "core/models/find_strings.h"
#include "core/models/merges.h"
#include "core/protobuf/sentencepiece_model.h"

namespace polyvocab {
namespace {

using Offsets = Array<std::uint64_t>;

py::object as_python(StringBlock&& block, bool is_present) {
  if (!is_present) return py::none();
  py::bytes bytes(block.bytes);
  return py::make_tuple(std::move(bytes), as_array(std::move(block.offsets)));
}

template <class T>
py::object as_python(std::vector<T>&& values, bool is_present) {
  if (!is_present) return py::none();
  return as_array(std::move(values));
}

py::tuple read_tokenizer_json(const py::bytes& document) {
  using json::TokenizerJson;
  const std::string_view text = document;
  TokenizerJson read;
  try {
    const py::gil_scoped_release release;
    read = json::read_tokenizer_json(text);
  } catch (const json::Error& error) {
    PyErr_SetObject(PyExc_ValueError, py::make_tuple(error.what(), error.offset).ptr());
    throw py::error_already_set();
  }
  using Vocab = TokenizerJson::Vocab;
  using Merges = TokenizerJson::Merges;
  return py::make_tuple(
      py::bytes(read.skeleton), as_python(std::move(read.tokens), read.vocab != Vocab::absent),
      as_python(std::move(read.ids), read.vocab == Vocab::ids),
      as_python(std::move(read.scores), read.vocab == Vocab::scores),
      as_python(std::move(read.merge_parts), read.merges != Merges::absent), read.merges == Merges::pairs);
}

py::tuple keep_tokens(const py::bytes& document, const Array<std::int64_t>& new_ids, const Array<bool>& merges) {
  const std::string_view text = document;
  json::KeptTokens kept;
  {
    const auto ids = values(new_ids);
    const auto stays = values(merges);
    const py::gil_scoped_release release;
    kept = json::keep_tokens(text, ids, stays);
  }
  const auto written = [](const std::string& part) -> py::object {
    if (part.empty()) return py::none();
    return py::bytes(part);
  };
  return py::make_tuple(py::bytes(kept.skeleton), written(kept.vocab), kept.tokens, written(kept.merges));
}

py::tuple read_sentencepiece_model(const py::bytes& file) {
  const std::string_view bytes = file;
  protobuf::SentencePieceModel read;
  {
    const py::gil_scoped_release release;
    read = protobuf::read_sentencepiece_model(bytes);
  }
  const auto stretches = [](std::vector<std::uint64_t>&& ends) {
    const auto count = static_cast<py::ssize_t>(ends.size() / 2);
    return as_array(std::move(ends)).reshape({count, py::ssize_t{2}});
  };
  return py::make_tuple(as_python(std::move(read.pieces), true), as_array(std::move(read.scores)),
                        as_array(std::move(read.types)), stretches(std::move(read.places)),
                        stretches(std::move(read.others)), read.stopped_at);
}

py::tuple resolve(const py::bytes& bytes, const Offsets& offsets, const Array<std::uint32_t>& ids,
                         const py::bytes& merge_bytes, const Offsets& merge_offsets, bool are_pairs,
                         std::size_t prefix_size) {
  const Strings tokens = strings(bytes, offsets);
  const Strings merges = strings(merge_bytes, merge_offsets);
  require(!are_pairs || merges.count % 2 == 0, "pairs need an even number of strings");
  const auto form = are_pairs ? MergeForm::pairs : MergeForm::lines;
  ResolvedMerges resolved;
  {
    const auto known = values(ids);
    const py::gil_scoped_release release;
    resolved = resolve_merges(tokens, known, merges, form, prefix_size);
  }
  const auto count = static_cast<py::ssize_t>(resolved.merged.size());
  return py::make_tuple(as_array(std::move(resolved.parts)).reshape({count, py::ssize_t{2}}),
                        as_array(std::move(resolved.merged)));
}

py::array_t<std::int64_t> find_strings(const py::bytes& bytes, const Offsets& offsets, const py::bytes& wanted_bytes,
                                       const Offsets& wanted_offsets) {
  const Strings known = strings(bytes, offsets);
  const Strings wanted = strings(wanted_bytes, wanted_offsets);
  std::vector<std::int64_t> positions;
  {
    const py::gil_scoped_release release;
    positions = find_last(known, wanted);
  }
  return as_array(std::move(positions));
}

std::optional<std::pair<std::size_t, std::size_t>> find_repeated_string(const py::bytes& bytes, const Offsets& offsets,
                                                                        const Array<bool>& counts) {
  const auto found = find_repeated(strings(bytes, offsets), values(counts));
  if (!found) return {};
  return std::pair(found->first, found->again);
}

// A number of JSON in the arithmetic of tokenizer.json, for the numbers outside the large parts.
double parse_number(std::string_view text) {
  json::Number number;
  std::size_t at = 0;
  if (json::read_number(text, at, number) != json::NumberError::none || at != text.size()) {
    throw std::invalid_argument("not a number of JSON, or out of range");
  }
  return number.value;
}

}  // namespace

void bind_formats(py::module_& module) {
  module.def("read_tokenizer_json", &read_tokenizer_json, py::arg("document"),
             "(skeleton, tokens, ids, scores, merge parts, whether these are pairs): strings as (bytes, offsets), None for "
             "what is absent. Raises ValueError(problem, byte offset).");
  module.def("keep_tokens", &keep_tokens, py::arg("document"), py::arg("new_ids").noconvert(), py::arg("merges").noconvert(),
             "(skeleton, vocabulary, how many tokens it has, merges) of a tokenizer.json with some of them, as JSON: `new_ids` "
             "int64 by old id, negative where the token goes; `merges` bool, whether each stays. None for what is absent.");
  module.def("read_sentencepiece_model", &read_sentencepiece_model, py::arg("file"),
             "(pieces, scores, types, where they lie, where the other members lie, where it stopped): pieces as (bytes, "
             "offsets), float32 and uint8 arrays, uint64 [pieces, 2] and [stretches, 2]; None, or the offset of a member "
             "that cannot be read.");
  module.def("resolve_merges", &resolve, py::arg("tokens"), py::arg("token_offsets").noconvert(),
             py::arg("ids").noconvert(), py::arg("merges"), py::arg("merge_offsets").noconvert(), py::arg("are_pairs"),
             py::arg("prefix_size"), "Merges as ids: uint32 [merges, 2], and what each becomes, uint32 [merges].");
  module.def("find_strings", &find_strings, py::arg("strings"), py::arg("offsets").noconvert(), py::arg("wanted"),
             py::arg("wanted_offsets").noconvert(), "The last position of each wanted string, or -1.");
  module.def("find_repeated_string", &find_repeated_string, py::arg("strings"), py::arg("offsets").noconvert(),
             py::arg("counts").noconvert(), "The first string that equals one before it: (that one, itself), or None.");
  module.def("parse_json_number", &parse_number, py::arg("text"), "A number as serde_json makes it of its digits.");
}

}  // namespace polyvocab
