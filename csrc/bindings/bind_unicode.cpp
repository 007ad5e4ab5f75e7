#include "bindings/strings.h"
#include "core/unicode/normalization.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

using Codes = Array<std::uint32_t>;

struct Predicate {
  const char* name;
  bool (*holds)(char32_t code);
};

constexpr Predicate predicates[] = {
    {"whitespace", unicode::is_whitespace},
    {"numeric", unicode::is_numeric},
    {"word", unicode::is_word},
    {"space", unicode::is_space},
    {"bert_control", unicode::is_bert_control},
    {"bert_punctuation", unicode::is_bert_punctuation},
    {"nonspacing_mark", unicode::is_nonspacing_mark},
    {"combining_mark", unicode::is_combining_mark},
};

py::array_t<bool> predicate(const std::string& name, const Codes& codes) {
  for (const auto& [known, holds] : predicates) {
    if (name != known) continue;
    py::array_t<bool> out(codes.size());
    bool* at = out.mutable_data();
    for (const std::uint32_t code : values(codes)) *at++ = holds(code);
    return out;
  }
  throw std::invalid_argument("no predicate '" + name + "'");
}

py::array_t<std::uint32_t> scripts(const Codes& codes) {
  std::vector<std::uint32_t> out;
  for (const std::uint32_t code : values(codes)) out.push_back(unicode::script_of(code));
  return as_array(std::move(out));
}

// Valid UTF-8, since it comes from a Python string.
std::string lowercase(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, size] = utf8::decode(text.data() + at);
    const unicode::Mapping lower = unicode::to_lowercase(code);
    for (unsigned i = 0; i < lower.size; ++i) utf8::append(out, lower.codes[i]);
    at += size;
  }
  return out;
}

struct Form {
  bool is_composed;
  bool compatible;
};

Form form_named(const std::string& name) {
  if (name == "NFC") return {true, false};
  if (name == "NFD") return {false, false};
  if (name == "NFKC") return {true, true};
  if (name == "NFKD") return {false, true};
  throw std::invalid_argument("no normal form '" + name + "': NFC, NFD, NFKC or NFKD");
}

py::tuple normal_form(const std::string& name, const std::string& text) {
  const auto [is_composed, compatible] = form_named(name);
  std::vector<unicode::Change> made;
  (is_composed ? unicode::compose : unicode::decompose)(text, compatible, made);
  std::string out;
  std::vector<int> changes;
  for (const auto& [code, change] : made) {
    utf8::append(out, code);
    changes.push_back(change);
  }
  return py::make_tuple(out, changes);
}

bool is_surely(const std::string& name, const std::string& text) {
  const auto [is_composed, compatible] = form_named(name);
  return (is_composed ? unicode::is_surely_composed : unicode::is_surely_decomposed)(text, compatible);
}

std::vector<std::size_t> graphemes(const std::string& text) {
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < text.size();) ends.push_back(at = unicode::grapheme_end(text, at));
  return ends;
}

py::object property(const std::string& name) {
  const auto ranges = unicode::property(name);
  if (!ranges) return py::none();
  std::vector<std::uint32_t> out;
  for (const auto& [first, last] : *ranges) out.insert(out.end(), {first, last});
  return as_array(std::move(out)).reshape({static_cast<py::ssize_t>(ranges->size()), py::ssize_t{2}});
}

std::vector<std::uint32_t> case_variants(std::uint32_t code) {
  const auto variants = unicode::case_variants(code);
  return {variants.begin(), variants.end()};
}

py::object first_invalid(const py::bytes& bytes) {
  const std::size_t at = utf8::first_invalid(std::string_view(bytes));
  return at == std::string_view::npos ? py::object(py::none()) : py::int_(at);
}

}  // namespace

void bind_unicode(py::module_& module) {
  py::module_ unicode = module.def_submodule("unicode", "What the core knows of code points, for the tests of its tables.");
  unicode.def("predicate", &predicate, py::arg("name"), py::arg("codes").noconvert());
  unicode.def("scripts", &scripts, py::arg("codes").noconvert(), "A number per script, as UnicodeScripts tells them apart.");
  unicode.def("lowercase", &lowercase, py::arg("text"));
  unicode.def("normal_form", &normal_form, py::arg("name"), py::arg("text"),
              "The normal form and the change of each character.");
  unicode.def("is_surely", &is_surely, py::arg("name"), py::arg("text"), "False may be a false alarm.");
  unicode.def("graphemes", &graphemes, py::arg("text"), "Where the extended grapheme clusters end, in bytes.");
  unicode.def("property", &property, py::arg("name"),
              "First and last code points of a property's ranges; None: no such property.");
  unicode.def("case_variants", &case_variants, py::arg("code"));
  unicode.def("first_invalid", &first_invalid, py::arg("bytes"), "The first byte that is no UTF-8, or None.");
  unicode.def("lossy", [](const py::bytes& bytes) { return utf8::lossy(std::string_view(bytes)); }, py::arg("bytes"));
}

}  // namespace polyvocab
