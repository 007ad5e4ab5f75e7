#include <algorithm>

#include "bindings/strings.h"
#include "core/mixture/expected_pieces.h"

namespace polyvocab {
namespace {

using Offsets = Array<std::uint64_t>;

void check(const CountedWords& words) {
  const auto& indptr = words.indptr;
  require(indptr.size() == words.words.count + 1 && indptr.front() == 0 && std::ranges::is_sorted(indptr) &&
              indptr.back() == words.index.size() && words.index.size() == words.count.size(),
          "indptr must rise from 0 to the number of counts, with one entry more than words");
  require(std::ranges::all_of(words.index, [&](std::uint32_t block) { return block < words.blocks; }), "there is no such block");
}

}  // namespace

void bind_expected_pieces(py::module_& module) {
  py::module_ m = module.def_submodule("mixture", "What mixture inference needs of the core.");
  m.def("expected_pieces",
        [](const py::bytes& data, const Offsets& offsets, const Array<double>& scores, const Array<bool>& in_text,
           const py::bytes& words, const Offsets& word_offsets, const Array<std::uint64_t>& indptr,
           const Array<std::uint32_t>& index, const Array<std::uint64_t>& count, double unknown_score, std::size_t blocks,
           int threads) {
          const ScoredPieces pieces{texts(data, offsets), values(scores), values(in_text), unknown_score};
          require(pieces.scores.size() == pieces.pieces.count && pieces.in_text.size() == pieces.pieces.count,
                  "one score and one mark for each piece are needed");
          const CountedWords counted{texts(words, word_offsets), values(indptr), values(index), values(count), blocks};
          check(counted);
          ExpectedPieces found;
          {
            const py::gil_scoped_release release;
            found = expected_pieces(pieces, counted, threads);
          }
          return py::make_tuple(as_array(std::move(found.pieces)), as_array(std::move(found.counts)),
                                as_array(std::move(found.unknown)));
        },
        py::arg("data"), py::arg("offsets").noconvert(), py::arg("scores").noconvert(), py::arg("in_text").noconvert(),
        py::arg("words"), py::arg("word_offsets").noconvert(), py::arg("indptr").noconvert(), py::arg("index").noconvert(),
        py::arg("count").noconvert(), py::kw_only(), py::arg("unknown_score"), py::arg("blocks"), py::arg("threads") = 0,
        "(pieces, uint32, rising; counts, float64 [pieces * blocks]; unknown characters, float64 [blocks]).");
}

}  // namespace polyvocab
