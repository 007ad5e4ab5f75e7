// Many texts at once, as models and their libraries take them: encodings, matrices, or lists of Python integers.
#include <algorithm>
#include <array>
#include <limits>

#include "bindings/bindings.h"
#include "bindings/encoding.h"
#include "bindings/strings.h"
#include "core/encoding/batch.h"
#include "core/encoding/char_offsets.h"
#include "core/parallel.h"
#include "core/post_processor/post_processor.h"
#include "core/tokenizer/engine.h"

namespace polyvocab {
namespace {

// One text, or the words of one that was split before.
using Sequence = std::vector<std::string>;
struct Input {
  Sequence first;
  std::optional<Sequence> second;
};

struct EncodeOptions {
  bool split;  // the texts are words
  bool encode_special_tokens;
  bool offsets;  // and words; without them it is quicker
};

std::string text_of(const py::handle& value) {
  Py_ssize_t size;
  const char* data = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (data == nullptr) throw py::error_already_set();
  return {data, static_cast<std::size_t>(size)};
}

Sequence sequence(const py::handle& value, bool split) {
  if (!split) return {text_of(value)};
  Sequence words;
  for (const auto& word : py::iter(value)) words.push_back(text_of(word));
  return words;
}

Encoding encode_text(Engine& engine, const std::string& text, std::uint32_t type_id, const EncodeOptions& options) {
  Encoding out;
  if (options.offsets) {
    AlignedTokens tokens = engine.encode_aligned(text, options.encode_special_tokens);
    out.ids = std::move(tokens.ids);
    out.spans = std::move(tokens.spans);
    CharOffsets(text).convert(out.spans);
    out.word_ids.assign(tokens.words.begin(), tokens.words.end());
    for (auto& [token, string] : tokens.surfaces) {
      out.surfaces.push_back({static_cast<std::uint32_t>(token), std::move(string)});
    }
  } else {
    const SourceText view = std::string_view(text);
    const EncodedTexts encoded = engine.encode({&view, 1}, options.encode_special_tokens, 1);
    out.ids.assign(encoded.ids.ids().begin(), encoded.ids.ids().end());
    out.spans.resize(out.size());
    out.word_ids.assign(out.size(), Encoding::no_word);
  }
  out.type_ids.assign(out.size(), type_id);
  out.special_tokens_mask.assign(out.size(), 0);
  out.attention_mask.assign(out.size(), 1);
  return out;
}

Encoding encode_sequence(Engine& engine, const Sequence& sequence, std::uint32_t type_id, const EncodeOptions& options) {
  if (!options.split) return encode_text(engine, sequence.front(), type_id, options);
  Encoding out;
  for (std::size_t word = 0; word < sequence.size(); ++word) {
    Encoding part = encode_text(engine, sequence[word], type_id, options);
    if (options.offsets) std::fill(part.word_ids.begin(), part.word_ids.end(), static_cast<std::int32_t>(word));
    out.append(part, false);
  }
  return out;
}

// What is done to a text, or two, once they are tokens.
Encoding finish(Encoding first, std::optional<Encoding> second, const PostProcessor* processor, bool add_special_tokens,
                const std::optional<Truncation>& truncation) {
  if (truncation) {
    const std::size_t added = processor != nullptr && add_special_tokens ? processor->added_tokens(second.has_value()) : 0;
    truncate(first, second ? &*second : nullptr, with_room_for(*truncation, added));
  }
  return post_process(processor, std::move(first), std::move(second), add_special_tokens);
}

using Processor = std::shared_ptr<PostProcessor>;

std::vector<NamedEncoding> encodings(Engine& engine, const TokenStringsPtr& strings, const Processor& processor,
                                     const std::vector<std::pair<py::object, py::object>>& texts, bool is_pretokenized,
                                     bool add_special_tokens, bool encode_special_tokens, bool offsets,
                                     const std::optional<Truncation>& truncation, const std::optional<Padding>& padding,
                                     int threads) {
  std::vector<Input> inputs(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    inputs[i].first = sequence(texts[i].first, is_pretokenized);
    if (!texts[i].second.is_none()) inputs[i].second = sequence(texts[i].second, is_pretokenized);
  }
  const EncodeOptions options{is_pretokenized, encode_special_tokens, offsets};
  std::vector<Encoding> encoded(inputs.size());
  {
    const py::gil_scoped_release release;
    parallel_blocks(static_cast<std::int64_t>(inputs.size()), threads, [&](std::int64_t i) {
      const auto at = static_cast<std::size_t>(i);
      Encoding first = encode_sequence(engine, inputs[at].first, 0, options);
      std::optional<Encoding> second;
      if (inputs[at].second) second = encode_sequence(engine, *inputs[at].second, 1, options);
      encoded[at] = finish(std::move(first), std::move(second), processor.get(), add_special_tokens, truncation);
    });
    if (padding) pad(encoded, *padding);
  }
  std::vector<NamedEncoding> out;
  out.reserve(encoded.size());
  for (Encoding& encoding : encoded) out.push_back({std::move(encoding), strings});
  return out;
}

NamedEncoding post_processed(const NamedEncoding& first, const std::optional<NamedEncoding>& second, const Processor& processor,
                             bool add_special_tokens, const std::optional<Truncation>& truncation,
                             const std::optional<Padding>& padding) {
  std::optional<Encoding> other;
  if (second) other = second->encoding;
  std::vector<Encoding> out;
  out.push_back(finish(first.encoding, std::move(other), processor.get(), add_special_tokens, truncation));
  if (padding) pad(out, *padding);
  return {std::move(out.front()), first.strings};
}

BatchLayout layout_of(const Frame& frame, const std::optional<Truncation>& truncation, const std::optional<Padding>& padding) {
  BatchLayout layout{.frame = frame, .max_length = {}, .padding = padding};
  if (truncation) {
    layout.max_length = truncation->max_length;
    layout.cut = truncation->side;
  }
  return layout;
}

template <class Int>
py::tuple matrices(const FlatSequences& sequences, const BatchLayout& layout, const std::array<bool, 3>& wanted, int threads) {
  const std::size_t width = batch_width(sequences, layout);
  const auto matrix = [&] {
    return py::array_t<Int>({static_cast<py::ssize_t>(sequences.rows()), static_cast<py::ssize_t>(width)});
  };
  const auto optional = [&](bool is_wanted) -> std::optional<py::array_t<Int>> {
    return is_wanted ? std::optional(matrix()) : std::nullopt;
  };
  auto ids = matrix();
  auto attention = optional(wanted[0]), types = optional(wanted[1]), special = optional(wanted[2]);
  const auto memory = [](auto& array) { return array ? array->mutable_data() : nullptr; };
  const BatchMatrices<Int> out{ids.mutable_data(), memory(attention), memory(types), memory(special)};
  {
    const py::gil_scoped_release release;
    fill_batch(sequences, layout, width, out, threads);
  }
  return py::make_tuple(ids, attention, types, special);
}

// The ids with the frame around each sequence.
py::tuple framed(const FlatSequences& sequences, const Frame& frame) {
  std::vector<TokenId> ids;
  std::vector<std::int64_t> offsets{0};
  {
    const py::gil_scoped_release release;
    ids.reserve(sequences.ids.size() + sequences.rows() * (frame.before.size() + frame.after.size()));
    offsets.reserve(sequences.offsets.size());
    for (std::size_t i = 0; i < sequences.rows(); ++i) {
      for (const auto& token : frame.before) ids.push_back(token.id);
      ids.insert(ids.end(), sequences[i].begin(), sequences[i].end());
      for (const auto& token : frame.after) ids.push_back(token.id);
      offsets.push_back(static_cast<std::int64_t>(ids.size()));
    }
  }
  return py::make_tuple(as_array(std::move(ids)), as_array(std::move(offsets)));
}

// One Python integer per id, made once: a list of ids is then a list of pointers.
class Integers {
 public:
  explicit Integers(std::size_t size) : made_(size) {
    for (std::size_t i = 0; i < size; ++i) made_[i] = py::int_(i);
  }
  // A new reference.
  PyObject* operator[](TokenId id) const {
    if (id >= made_.size()) return py::int_(id).release().ptr();
    PyObject* integer = made_[id].ptr();
    Py_INCREF(integer);
    return integer;
  }

 private:
  std::vector<py::int_> made_;
};

// Lists of lists are made without a cyclic collection in between: none of what is new is garbage.
class NoCollection {
 public:
  NoCollection() : was_enabled_(PyGC_Disable() != 0) {}
  NoCollection(const NoCollection&) = delete;
  NoCollection& operator=(const NoCollection&) = delete;
  ~NoCollection() {
    if (was_enabled_) PyGC_Enable();
  }

 private:
  bool was_enabled_;
};

class ListWriter {
 public:
  explicit ListWriter(std::size_t size) : list_(size) {}
  void add(PyObject* reference) { PyList_SET_ITEM(list_.ptr(), at_++, reference); }
  void fill(std::size_t count, PyObject* value) {
    for (std::size_t i = 0; i < count; ++i) {
      Py_INCREF(value);
      add(value);
    }
  }
  py::list take() { return std::move(list_); }

 private:
  py::list list_;
  Py_ssize_t at_ = 0;
};

// Where the parts of a row lie: padding, frame, sequence, frame, padding.
struct Row {
  std::span<const TokenId> ids;
  std::size_t left = 0;
  std::size_t right = 0;
};

Row row_of(std::span<const TokenId> ids, std::size_t limit, std::size_t frame_size, const BatchLayout& layout,
           std::size_t width) {
  const std::size_t kept = std::min(ids.size(), limit);
  Row row{layout.cut == Side::right ? ids.first(kept) : ids.last(kept)};
  const std::size_t size = kept + frame_size;
  const std::size_t missing = width > size ? width - size : 0;
  (layout.padding && layout.padding->side == Side::left ? row.left : row.right) = missing;
  return row;
}

// The rows of one column, each value but those of the sequence itself given by `of_frame`.
template <class Values, class OfFrame>
py::list column(const std::vector<Row>& rows, const Frame& frame, const py::int_& padding, Values write_sequence,
                OfFrame of_frame) {
  py::list out(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    ListWriter list(row.left + frame.before.size() + row.ids.size() + frame.after.size() + row.right);
    list.fill(row.left, padding.ptr());
    for (const auto& token : frame.before) list.fill(1, py::int_(of_frame(token)).ptr());
    write_sequence(row, list);
    for (const auto& token : frame.after) list.fill(1, py::int_(of_frame(token)).ptr());
    list.fill(row.right, padding.ptr());
    PyList_SET_ITEM(out.ptr(), static_cast<Py_ssize_t>(i), list.take().release().ptr());
  }
  return out;
}

py::tuple lists(const FlatSequences& sequences, const BatchLayout& layout, const std::array<bool, 3>& wanted,
                const Integers& integers) {
  const Frame& frame = layout.frame;
  const std::size_t frame_size = frame.before.size() + frame.after.size();
  const std::size_t limit = layout.max_length ? *layout.max_length - frame_size : std::numeric_limits<std::size_t>::max();
  std::size_t longest = 0;
  for (std::size_t i = 0; i < sequences.rows(); ++i) longest = std::max(longest, std::min(sequences[i].size(), limit));
  const Padding padding = layout.padding.value_or(Padding{});
  const std::size_t width = layout.padding ? padded_length(longest + frame_size, padding) : 0;
  std::vector<Row> rows;
  rows.reserve(sequences.rows());
  for (std::size_t i = 0; i < sequences.rows(); ++i) rows.push_back(row_of(sequences[i], limit, frame_size, layout, width));

  const NoCollection pause;
  const auto constant = [](int value) {
    return [value = py::int_(value)](const Row& row, ListWriter& list) { list.fill(row.ids.size(), value.ptr()); };
  };
  const auto optional = [&](bool is_wanted, int pad, int inside, auto of_frame) -> py::object {
    if (!is_wanted) return py::none();
    return column(rows, frame, py::int_(pad), constant(inside), of_frame);
  };
  const auto write_ids = [&](const Row& row, ListWriter& list) {
    for (const TokenId id : row.ids) list.add(integers[id]);
  };
  auto ids = column(rows, frame, py::int_(padding.token.id), write_ids, [](const auto& token) { return token.id; });
  return py::make_tuple(
      std::move(ids), optional(wanted[0], 0, 1, [](const auto&) { return 1; }),
      optional(wanted[1], static_cast<int>(padding.type_id), static_cast<int>(frame.type_id),
               [](const auto& token) { return token.type_id; }),
      optional(wanted[2], 1, 0, [](const auto& token) { return token.special ? 1 : 0; }));
}

// Lists of ids, as a decoder takes them.
py::tuple flat_ids(const py::sequence& sequences) {
  std::vector<TokenId> ids;
  std::vector<std::int64_t> offsets{0};
  for (const auto& sequence : sequences) {
    const auto fast = py::reinterpret_steal<py::object>(PySequence_Fast(sequence.ptr(), "ids must be a sequence"));
    if (!fast) throw py::error_already_set();
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(fast.ptr()); ++i) {
      PyObject* item = PySequence_Fast_GET_ITEM(fast.ptr(), i);
      if (!PyLong_Check(item)) throw py::type_error(std::string("an id is a ") + Py_TYPE(item)->tp_name + ": int is needed");
      const long long id = PyLong_AsLongLong(item);
      if (id == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
      if (id < 0 || id > std::numeric_limits<TokenId>::max()) {
        throw py::value_error("the id " + std::to_string(id) + " is out of range");
      }
      ids.push_back(static_cast<TokenId>(id));
    }
    offsets.push_back(static_cast<std::int64_t>(ids.size()));
  }
  return py::make_tuple(as_array(std::move(ids)), as_array(std::move(offsets)));
}

FlatSequences flat(const Array<TokenId>& ids, const Array<std::int64_t>& offsets) {
  const auto bounds = values(offsets);
  require(!bounds.empty() && bounds.front() == 0 && bounds.back() == ids.size() && std::is_sorted(bounds.begin(), bounds.end()),
          "the offsets of sequences must rise from 0 to the number of ids");
  return {values(ids), bounds};
}

}  // namespace

void bind_batches(py::module_& module) {
  module.def("encodings", &encodings, py::arg("engine"), py::arg("strings"), py::arg("processor").none(true), py::arg("texts"),
             py::kw_only(), py::arg("is_pretokenized") = false, py::arg("add_special_tokens") = true,
             py::arg("encode_special_tokens") = false, py::arg("offsets") = true, py::arg("truncation") = py::none(),
             py::arg("padding") = py::none(), py::arg("threads") = 1,
             "The encodings of texts; each comes as (text, text of the pair or None).");
  module.def("post_process", &post_processed, py::arg("encoding"), py::arg("pair").none(true), py::arg("processor").none(true),
             py::arg("add_special_tokens") = true, py::arg("truncation") = py::none(), py::arg("padding") = py::none(),
             "One encoding, or two of the same tokenizer, cut, framed and filled up.");
  module.def("matrices", [](const Array<TokenId>& ids, const Array<std::int64_t>& offsets, const Frame& frame,
                            const std::optional<Truncation>& truncation, const std::optional<Padding>& padding,
                            bool attention_mask, bool token_type_ids, bool special_tokens_mask, const std::string& dtype,
                            int threads) {
    require(dtype == "int64" || dtype == "int32", "matrices are of int64 or int32");
    const auto fill = dtype == "int64" ? &matrices<std::int64_t> : &matrices<std::int32_t>;
    return fill(flat(ids, offsets), layout_of(frame, truncation, padding),
                {attention_mask, token_type_ids, special_tokens_mask}, threads);
  }, py::arg("ids"), py::arg("offsets"), py::arg("frame"), py::arg("truncation") = py::none(), py::arg("padding") = py::none(),
     py::kw_only(), py::arg("attention_mask") = false, py::arg("token_type_ids") = false,
     py::arg("special_tokens_mask") = false, py::arg("dtype") = "int64", py::arg("threads") = 1,
     "(input_ids, attention_mask, token_type_ids, special_tokens_mask), the ones not asked for None.");
  py::class_<Integers>(module, "Integers", "Python integers from 0, made once.")
      .def(py::init<std::size_t>(), py::arg("size"));
  module.def("lists", [](const Array<TokenId>& ids, const Array<std::int64_t>& offsets, const Frame& frame,
                         const std::optional<Truncation>& truncation, const std::optional<Padding>& padding,
                         bool attention_mask, bool token_type_ids, bool special_tokens_mask, const Integers& integers) {
    return lists(flat(ids, offsets), layout_of(frame, truncation, padding),
                 {attention_mask, token_type_ids, special_tokens_mask}, integers);
  }, py::arg("ids"), py::arg("offsets"), py::arg("frame"), py::arg("truncation") = py::none(), py::arg("padding") = py::none(),
     py::kw_only(), py::arg("attention_mask") = false, py::arg("token_type_ids") = false,
     py::arg("special_tokens_mask") = false, py::arg("integers"),
     "The same as lists of lists of int, whose lengths may differ.");
  module.def("framed", [](const Array<TokenId>& ids, const Array<std::int64_t>& offsets, const Frame& frame) {
    return framed(flat(ids, offsets), frame);
  }, py::arg("ids"), py::arg("offsets"), py::arg("frame"), "Flat ids and offsets with the frame around each sequence.");
  module.def("flat_ids", &flat_ids, py::arg("sequences"), "Lists of int as flat ids with offsets.");
}

}  // namespace polyvocab
