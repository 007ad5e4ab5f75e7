// Encoding, with the interface of tokenizers.Encoding.
#include "bindings/encoding.h"

#include "bindings/bindings.h"
#include "bindings/strings.h"
#include "core/encoding/lookup.h"
#include "core/encoding/padding.h"

namespace polyvocab {
namespace {

std::vector<TokenKind> token_kinds(const Array<std::uint8_t>& kinds) {
  std::vector<TokenKind> out;
  for (const std::uint8_t kind : values(kinds)) {
    require(kind <= static_cast<std::uint8_t>(TokenKind::special), "a kind of token is 0, 1 or 2");
    out.push_back(static_cast<TokenKind>(kind));
  }
  return out;
}

using Pair = std::pair<std::size_t, std::size_t>;

std::optional<Pair> pair(const std::optional<Span>& span) {
  return span ? std::optional<Pair>({span->begin, span->end}) : std::nullopt;
}

std::optional<Pair> pair(const std::optional<TokenRange>& range) {
  return range ? std::optional<Pair>({range->begin, range->end}) : std::nullopt;
}

std::vector<std::string> tokens(const NamedEncoding& self) {
  const Encoding& encoding = self.encoding;
  std::vector<std::string> out(encoding.size());
  auto surface = encoding.surfaces.begin();
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (surface != encoding.surfaces.end() && surface->token == i) {
      out[i] = (surface++)->string;
    } else if (self.strings && encoding.ids[i] < self.strings->size()) {
      out[i] = (*self.strings)[encoding.ids[i]];
    }
  }
  return out;
}

// A copy that knows its tokens by itself.
Encoding with_own_strings(const NamedEncoding& self) {
  Encoding out = self.encoding;
  auto strings = tokens(self);
  out.surfaces.clear();
  for (std::uint32_t i = 0; i < strings.size(); ++i) out.surfaces.push_back({i, std::move(strings[i])});
  for (Encoding& piece : out.overflowing) piece = with_own_strings({piece, self.strings});
  return out;
}

NamedEncoding merged(const std::vector<NamedEncoding>& parts, bool growing_offsets) {
  NamedEncoding out{{}, parts.empty() ? nullptr : parts.front().strings};
  std::vector<Encoding> encodings;
  for (const NamedEncoding& part : parts) {
    encodings.push_back(part.strings == out.strings ? part.encoding : with_own_strings(part));
  }
  out.encoding = merge(std::move(encodings), growing_offsets);
  return out;
}

template <class T>
py::list optional_integers(const std::vector<T>& column) {  // negative: none
  py::list out(column.size());
  for (std::size_t i = 0; i < column.size(); ++i) out[i] = column[i] < 0 ? py::object(py::none()) : py::int_(column[i]);
  return out;
}

py::list words(const NamedEncoding& self) {
  if (PyErr_WarnEx(PyExc_DeprecationWarning, "Encoding.words is deprecated, word_ids is what it gives", 1) != 0) {
    throw py::error_already_set();
  }
  return optional_integers(self.encoding.word_ids);
}

py::list offsets(const Encoding& encoding) {
  py::list out(encoding.size());
  for (std::size_t i = 0; i < encoding.size(); ++i) {
    const auto [begin, end] = encoding.spans[i];
    PyList_SET_ITEM(out.ptr(), static_cast<Py_ssize_t>(i), py::make_tuple(begin, end).release().ptr());
  }
  return out;
}

std::vector<NamedEncoding> overflowing(const NamedEncoding& self) {
  std::vector<NamedEncoding> out;
  for (const Encoding& piece : self.encoding.overflowing) out.push_back({piece, self.strings});
  return out;
}

py::list integers(const std::vector<std::uint8_t>& column) {
  py::list out(column.size());
  for (std::size_t i = 0; i < column.size(); ++i) out[i] = py::int_(column[i]);
  return out;
}

py::tuple state(const NamedEncoding& self) {
  const Encoding& e = self.encoding;
  std::vector<std::tuple<std::size_t, std::size_t, std::size_t>> ranges;
  for (const auto& [sequence, begin, end] : e.sequence_ranges) ranges.emplace_back(sequence, begin, end);
  py::list pieces;
  for (const NamedEncoding& piece : overflowing(self)) pieces.append(state(piece));
  return py::make_tuple(e.ids, e.type_ids, tokens(self), offsets(e), e.word_ids, integers(e.special_tokens_mask),
                        integers(e.attention_mask), ranges, pieces);
}

Encoding from_state(const py::tuple& state) {
  require(state.size() == 9, "the state of an Encoding has nine parts");
  Encoding e;
  e.ids = state[0].cast<std::vector<TokenId>>();
  e.type_ids = state[1].cast<std::vector<std::uint32_t>>();
  const auto strings = state[2].cast<std::vector<std::string>>();
  for (std::uint32_t i = 0; i < strings.size(); ++i) e.surfaces.push_back({i, strings[i]});
  for (const auto& [begin, end] : state[3].cast<std::vector<std::pair<std::uint32_t, std::uint32_t>>>()) {
    e.spans.push_back({begin, end});
  }
  e.word_ids = state[4].cast<std::vector<std::int32_t>>();
  e.special_tokens_mask = state[5].cast<std::vector<std::uint8_t>>();
  e.attention_mask = state[6].cast<std::vector<std::uint8_t>>();
  for (const std::size_t size : {e.type_ids.size(), strings.size(), e.spans.size(), e.word_ids.size(),
                                 e.special_tokens_mask.size(), e.attention_mask.size()}) {
    require(size == e.size(), "the columns of an Encoding must have one length");
  }
  for (const auto& [sequence, begin, end] : state[7].cast<std::vector<std::tuple<std::size_t, std::size_t, std::size_t>>>()) {
    require(begin <= end && end <= e.size(), "a sequence of an Encoding must lie within it");
    e.sequence_ranges.push_back({sequence, begin, end});
  }
  for (const auto& piece : state[8]) e.overflowing.push_back(from_state(piece.cast<py::tuple>()));
  return e;
}

}  // namespace

Side side_named(const std::string& direction, const char* of) {
  if (direction == "left") return Side::left;
  if (direction == "right") return Side::right;
  throw std::invalid_argument(std::string("Invalid ") + of + " direction value : " + direction);
}

void bind_encoding(py::module_& module) {
  py::class_<TokenStrings, TokenStringsPtr>(module, "TokenStrings", "The strings of all tokens by id; kind 0 has none.")
      .def(py::init([](const py::bytes& data, const Array<std::uint64_t>& offsets, const Array<std::uint8_t>& kinds) {
             return std::make_shared<TokenStrings>(strings(data, offsets), token_kinds(kinds));
           }), py::arg("data"), py::arg("offsets"), py::arg("kinds"))
      .def("__len__", &TokenStrings::size)
      .def("find", [](const TokenStrings& self, TokenId id) { return self.find(id, false); }, py::arg("id"));

  using Self = const NamedEncoding&;
  const auto read = [](auto what) { return [what](Self self) { return what(self.encoding); }; };
  py::class_<NamedEncoding>(module, "Encoding", "What a text becomes, with the interface of tokenizers.Encoding.")
      .def(py::init<>())
      .def("__len__", read([](const Encoding& e) { return e.size(); }))
      .def("__repr__", [](Self self) {
        return "Encoding(num_tokens=" + std::to_string(self.encoding.size()) +
               ", attributes=[ids, type_ids, tokens, offsets, attention_mask, special_tokens_mask, overflowing])";
      })
      .def_property_readonly("ids", read([](const Encoding& e) { return e.ids; }))
      .def_property_readonly("type_ids", read([](const Encoding& e) { return e.type_ids; }))
      .def_property_readonly("tokens", &tokens)
      .def_property_readonly("offsets", read(&offsets))
      .def_property_readonly("word_ids", read([](const Encoding& e) { return optional_integers(e.word_ids); }))
      .def_property_readonly("words", &words)
      .def_property_readonly("sequence_ids", read([](const Encoding& e) { return optional_integers(sequence_ids(e)); }))
      .def_property_readonly("special_tokens_mask", read([](const Encoding& e) { return integers(e.special_tokens_mask); }))
      .def_property_readonly("attention_mask", read([](const Encoding& e) { return integers(e.attention_mask); }))
      .def_property_readonly("overflowing", &overflowing)
      .def_property_readonly("n_sequences", read(&sequence_count))
      .def("token_to_sequence", [](Self self, std::size_t token) { return token_to_sequence(self.encoding, token); },
           py::arg("token_index"))
      .def("token_to_chars", [](Self self, std::size_t token) { return pair(token_to_chars(self.encoding, token)); },
           py::arg("token_index"))
      .def("token_to_word", [](Self self, std::size_t token) { return token_to_word(self.encoding, token); },
           py::arg("token_index"))
      .def("word_to_tokens", [](Self self, std::uint32_t word, std::size_t sequence) {
        return pair(word_to_tokens(self.encoding, word, sequence));
      }, py::arg("word_index"), py::arg("sequence_index") = 0)
      .def("word_to_chars", [](Self self, std::uint32_t word, std::size_t sequence) {
        return pair(word_to_chars(self.encoding, word, sequence));
      }, py::arg("word_index"), py::arg("sequence_index") = 0)
      .def("char_to_token", [](Self self, std::size_t position, std::size_t sequence) {
        return char_to_token(self.encoding, position, sequence);
      }, py::arg("char_pos"), py::arg("sequence_index") = 0)
      .def("char_to_word", [](Self self, std::size_t position, std::size_t sequence) {
        return char_to_word(self.encoding, position, sequence);
      }, py::arg("char_pos"), py::arg("sequence_index") = 0)
      .def("pad", [](NamedEncoding& self, std::size_t length, const std::string& direction, TokenId id, std::uint32_t type_id,
                     const std::string& token) {
        const Side side = side_named(direction, "padding");
        pad(self.encoding, length, {.length = length, .side = side, .token = {id, token}, .type_id = type_id});
      }, py::arg("length"), py::kw_only(), py::arg("direction") = "right", py::arg("pad_id") = 0, py::arg("pad_type_id") = 0,
         py::arg("pad_token") = "[PAD]")
      .def("truncate", [](NamedEncoding& self, std::size_t max_length, std::size_t stride, const std::string& direction) {
        truncate(self.encoding, max_length, stride, side_named(direction, "truncation"));
      }, py::arg("max_length"), py::arg("stride") = 0, py::arg("direction") = "right")
      .def("set_sequence_id", [](NamedEncoding& self, std::size_t sequence) { self.encoding.set_sequence(sequence); },
           py::arg("sequence_id"))
      .def_static("merge", &merged, py::arg("encodings"), py::arg("growing_offsets") = true)
      .def(py::pickle(&state, [](const py::tuple& parts) { return NamedEncoding{from_state(parts), nullptr}; }));
}

}  // namespace polyvocab
