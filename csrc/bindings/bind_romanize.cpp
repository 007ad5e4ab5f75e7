// The table of romanizations, and romanizers over it.
#include <algorithm>

#include "bindings/bindings.h"
#include "bindings/new_str.h"
#include "bindings/strings.h"
#include "bindings/texts.h"
#include "core/parallel.h"
#include "core/romanize/romanizer.h"
#include "core/worker_pool.h"

namespace polyvocab {
namespace {

using romanize::Romanizer;
using romanize::Table;

// Rows of an array of two dimensions.
template <class T>
std::vector<std::span<const T>> rows(const py::dict& arrays, const char* name, py::ssize_t width) {
  const auto array = arrays[name].cast<Array<T>>();
  require(array.ndim() == 2 && array.shape(1) == width, "the table of romanizations has an array of another shape");
  std::vector<std::span<const T>> out;
  for (py::ssize_t i = 0; i < array.shape(0); ++i) out.emplace_back(array.data(i, 0), static_cast<std::size_t>(width));
  return out;
}

template <class To, class From = To>
std::vector<To> vector_of(const py::dict& arrays, const char* name) {
  const auto array = arrays[name].cast<Array<From>>();
  const auto all = values(array);
  return {all.begin(), all.end()};
}

// The arrays of tools/make_romanization_table.py, which belong to the package: what is checked is that they are all there and
// that no index leaves its array.
std::shared_ptr<Table> table_of(const py::dict& arrays) {
  auto out = std::make_shared<Table>();
  Table& table = *out;
  table.text = vector_of<char, std::uint8_t>(arrays, "text");
  table.string_offsets = vector_of<std::uint32_t>(arrays, "string_offsets");
  table.class_pages = vector_of<std::uint16_t>(arrays, "class_pages");
  table.class_blocks = vector_of<std::uint16_t>(arrays, "class_blocks");
  table.node_pages = vector_of<std::uint16_t>(arrays, "node_pages");
  table.node_blocks = vector_of<std::uint32_t>(arrays, "node_blocks");
  table.child_characters = vector_of<char32_t, std::uint32_t>(arrays, "child_characters");
  table.child_nodes = vector_of<std::uint32_t>(arrays, "child_nodes");
  table.alternatives = vector_of<std::uint32_t>(arrays, "alternatives");
  table.decomposed = vector_of<char32_t, std::uint32_t>(arrays, "decomposed");
  table.decompositions = vector_of<std::uint32_t>(arrays, "decompositions");
  table.uppercased = vector_of<std::uint32_t>(arrays, "uppercased");
  table.capitalized = vector_of<std::uint32_t>(arrays, "capitalized");
  for (const auto row : rows<std::int32_t>(arrays, "classes", 3)) {
    table.classes.push_back({static_cast<std::uint32_t>(row[0]), static_cast<std::uint16_t>(row[1]),
                             static_cast<std::int16_t>(row[2])});
  }
  for (const auto row : rows<std::uint32_t>(arrays, "nodes", 5)) {
    table.nodes.push_back({row[0], row[1], row[2], row[3], static_cast<romanize::Continues>(row[4])});
  }
  for (const auto row : rows<std::uint32_t>(arrays, "rules", 7)) {
    table.rules.push_back({row[0], row[1], row[2], row[3], row[4], static_cast<std::uint8_t>(row[5]),
                           static_cast<std::uint8_t>(row[6])});
  }
  for (const auto row : rows<std::int64_t>(arrays, "numbers", 8)) {
    table.numbers.push_back({static_cast<char32_t>(row[0]), row[1], row[2], static_cast<std::int32_t>(row[3]),
                             static_cast<std::int32_t>(row[4]), static_cast<romanize::NumberType>(row[5]), row[6] != 0,
                             row[7] != 0});
  }
  const auto strings = table.string_offsets.size() - 1;
  const auto all_below = [](const auto& all, std::size_t bound) {
    return std::ranges::all_of(all, [&](auto value) { return value < bound || static_cast<std::uint32_t>(value) == ~0U; });
  };
  require(table.string_offsets.back() == table.text.size() && std::ranges::is_sorted(table.string_offsets) &&
              all_below(table.alternatives, strings) && all_below(table.decompositions, strings) &&
              table.uppercased.size() == strings && all_below(table.uppercased, strings) &&
              table.capitalized.size() == strings && all_below(table.capitalized, strings) &&
              table.class_pages.size() == 0x1100 && table.node_pages.size() == 0x1100 &&
              all_below(table.class_pages, table.class_blocks.size() / 256) &&
              all_below(table.node_pages, table.node_blocks.size() / 256) &&
              all_below(table.class_blocks, table.classes.size()) && all_below(table.node_blocks, table.nodes.size()) &&
              all_below(table.child_nodes, table.nodes.size()) &&
              table.child_characters.size() == table.child_nodes.size() &&
              table.decomposed.size() == table.decompositions.size(),
          "the table of romanizations is broken");
  const auto vowels = vector_of<std::uint32_t>(arrays, "vowels"), bounds = vector_of<std::uint32_t>(arrays, "vowel_offsets");
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    romanize::Script script;
    for (auto j = bounds[i]; j < bounds[i + 1]; ++j) script.vowels.push_back(table.string(vowels.at(j)));
    table.scripts.push_back(std::move(script));
  }
  const auto named = vector_of<std::uint16_t>(arrays, "named_scripts");
  require(named.size() == 6 && all_below(named, table.scripts.size()), "the table of romanizations is broken");
  table.named = {named[0], named[1], named[2], named[3], named[4], named[5]};
  for (const auto& rule : table.rules) {
    require((rule.target < strings || rule.target == romanize::no_string) && rule.alternatives_begin <= rule.alternatives_end &&
                rule.alternatives_end <= table.alternatives.size(),
            "the table of romanizations is broken");
  }
  for (const auto& node : table.nodes) {
    require(node.rules_begin <= node.rules_end && node.rules_end <= table.rules.size() &&
                node.children_begin <= node.children_end && node.children_end <= table.child_nodes.size(),
            "the table of romanizations is broken");
  }
  return out;
}

// A romanizer with its workers.
class SharedRomanizer {
 public:
  SharedRomanizer(std::shared_ptr<Table> table, romanize::Language language, std::string mark)
      : romanizer_(std::move(table), language, std::move(mark)), workers_(romanizer_) {}

  py::str romanize(const py::object& text) {
    const std::string_view view = text_of(text.ptr(), 0);
    std::string out;
    {
      const py::gil_scoped_release release;
      const Pool::Lease worker(workers_);
      (*worker).append(view, out);
    }
    return new_str(out);
  }

  py::list batch(const py::iterable& sequence, int threads) {
    const Texts texts = texts_of(sequence);
    std::vector<std::string> made(texts.views.size());
    {
      const py::gil_scoped_release release;
      each_block(texts.views.size(), threads, [&](Romanizer::Worker& worker, std::size_t i) {
        worker.append(texts.views[i], made[i]);
      });
    }
    py::list out(made.size());
    for (std::size_t i = 0; i < made.size(); ++i) out[i] = new_str(made[i]);
    return out;
  }

  // Lines of a file, each romanized alone. What ends the last one stays missing where it is.
  py::bytes lines(const py::bytes& data, int threads) {
    const std::string_view all = data;
    std::string out;
    {
      const py::gil_scoped_release release;
      require_utf8(all, 0);
      std::vector<std::string_view> blocks;
      for (std::size_t at = 0; at < all.size();) {
        const std::size_t ending = all.find('\n', std::min(at + block_bytes, all.size() - 1));
        const std::size_t end = ending == std::string_view::npos ? all.size() : ending + 1;
        blocks.push_back(all.substr(at, end - at));
        at = end;
      }
      std::vector<std::string> made(blocks.size());
      parallel_blocks(static_cast<std::int64_t>(blocks.size()), threads, [&](std::int64_t i) {
        const Pool::Lease worker(workers_);
        append_lines(*worker, blocks[static_cast<std::size_t>(i)], made[static_cast<std::size_t>(i)]);
      });
      for (const std::string& part : made) out += part;
    }
    return py::bytes(out);
  }

  py::list edges(const py::object& text, romanize::Edges which) {
    const std::string_view view = text_of(text.ptr(), 0);
    const Pool::Lease worker(workers_);
    const std::vector<romanize::Edge>* found;
    {
      const py::gil_scoped_release release;
      found = &(*worker).edges(view, which);
    }
    py::list out(found->size());
    for (std::size_t i = 0; i < found->size(); ++i) {
      const romanize::Edge& edge = (*found)[i];
      out[i] = py::make_tuple(edge.start, edge.end, new_str(edge.text), new_str(edge.type));
    }
    return out;
  }

 private:
  using Pool = WorkerPool<Romanizer::Worker, Romanizer>;
  static constexpr std::size_t block_bytes = 1 << 18, block_texts = 256;

  template <class Visit>
  void each_block(std::size_t count, int threads, Visit&& visit) {
    const auto blocks = static_cast<std::int64_t>((count + block_texts - 1) / block_texts);
    parallel_blocks(blocks, threads, [&](std::int64_t block) {
      const Pool::Lease worker(workers_);
      const std::size_t first = static_cast<std::size_t>(block) * block_texts;
      for (std::size_t i = first; i < std::min(first + block_texts, count); ++i) visit(*worker, i);
    });
  }

  static void append_lines(Romanizer::Worker& worker, std::string_view block, std::string& out) {
    for (std::size_t at = 0; at < block.size();) {
      const std::size_t end = std::min(block.find('\n', at), block.size());
      worker.append(block.substr(at, end - at), out);
      if (end < block.size()) out += '\n';
      at = end + 1;
    }
  }

  Romanizer romanizer_;
  Pool workers_;
};

}  // namespace

void bind_romanize(py::module_& module) {
  py::class_<Table, std::shared_ptr<Table>>(module, "RomanizationTable", "What is known of characters and their romanizations.")
      .def(py::init(&table_of), py::arg("arrays"));
  py::class_<SharedRomanizer>(module, "Romanizer", "Texts to their romanizations, in one language.")
      .def(py::init([](std::shared_ptr<Table> table, std::uint32_t language_bit, bool keeps_final_vowels,
                       bool drops_final_vowels, std::string mark) {
             return std::make_unique<SharedRomanizer>(
                 std::move(table), romanize::Language{language_bit, keeps_final_vowels, drops_final_vowels}, std::move(mark));
           }),
           py::arg("table"), py::arg("language_bit"), py::arg("keeps_final_vowels"), py::arg("drops_final_vowels"),
           py::arg("mark"))
      .def("romanize", &SharedRomanizer::romanize, py::arg("text"))
      .def("batch", &SharedRomanizer::batch, py::arg("texts"), py::arg("threads") = 1)
      .def("lines", &SharedRomanizer::lines, py::arg("data"), py::arg("threads") = 1,
           "UTF-8 text whose lines, ended by a line feed, are romanized one by one.")
      .def("edges", [](SharedRomanizer& self, const py::object& text, bool alternatives) {
        return self.edges(text, alternatives ? romanize::Edges::alternatives : romanize::Edges::best);
      }, py::arg("text"), py::arg("alternatives") = false, "(start, end, romanization, type) of the best edges.")
      .def("lattice", [](SharedRomanizer& self, const py::object& text) {
        return self.edges(text, romanize::Edges::all);
      }, py::arg("text"), "All edges that were considered, and the alternatives.");
}

}  // namespace polyvocab
