#include <algorithm>
#include <utility>

#include "bindings/bpe_arguments.h"
#include "bindings/strings.h"
#include "core/trim/order.h"
#include "core/trim/token_parts.h"

namespace polyvocab {
namespace {

using Offsets = Array<std::uint64_t>;

py::tuple as_python(TokenParts&& found) {
  return py::make_tuple(as_array(std::move(found.kinds)), as_array(std::move(found.indptr)), as_array(std::move(found.parts)));
}

// Parts in the form that `as_python` gives them, checked.
PartLists part_lists(const Array<std::int64_t>& indptr, const Array<TokenId>& parts) {
  const PartLists lists{values(indptr), values(parts)};
  require(!lists.indptr.empty() && lists.indptr.front() == 0 && std::ranges::is_sorted(lists.indptr) &&
              lists.indptr.back() == static_cast<std::int64_t>(lists.parts.size()),
          "indptr must rise from 0 to the number of parts");
  const auto is_known = [&](TokenId part) { return part < lists.size(); };
  require(std::ranges::all_of(lists.parts, is_known), "a part is no token");
  return lists;
}

template <class Order>
auto order_with(Order order) {
  return [order](const Array<std::int64_t>& indptr, const Array<TokenId>& parts, const Array<double>& counts,
                 const Array<bool>& first) {
    const PartLists lists = part_lists(indptr, parts);
    const auto count = values(counts);
    const auto kept = values(first);
    require(count.size() == lists.size() && kept.size() == lists.size(), "one count and one mark for each token are needed");
    std::vector<TokenId> out;
    {
      const py::gil_scoped_release release;
      out = order(lists, count, kept);
    }
    require(out.size() == lists.size(), "the parts go in a circle, or what is first lacks parts");
    return as_array(std::move(out));
  };
}

}  // namespace

void bind_trim(py::module_& module) {
  py::module_ m = module.def_submodule("trim", "What tokens are made of, and which are worth keeping.");
  m.def("bpe_parts",
        [](const py::bytes& data, const Offsets& offsets, const Array<TokenId>& ids, const Array<TokenId>& merges,
           const Array<TokenId>& merged, const std::string& spelt, bool byte_fallback, const std::string& continuing_prefix,
           const std::string& end_suffix, TokenId size, int threads) {
          const BpeOptions options{.spelt = spelt_named(spelt), .byte_fallback = byte_fallback,
                                   .continuing_prefix = continuing_prefix, .end_suffix = end_suffix};
          const Strings tokens = options.spelt == Spelt::in_bytes ? strings(data, offsets) : texts(data, offsets);
          const auto known = values(ids);
          const auto list = merge_list(merges, merged);
          TokenParts found;
          {
            const py::gil_scoped_release release;
            found = bpe_parts(tokens, known, list, options, size, threads);
          }
          return as_python(std::move(found));
        },
        py::arg("data"), py::arg("offsets").noconvert(), py::arg("ids").noconvert(), py::arg("merges").noconvert(),
        py::arg("merged").noconvert(), py::kw_only(), py::arg("spelt"), py::arg("byte_fallback"),
        py::arg("continuing_prefix"), py::arg("end_suffix"), py::arg("size"), py::arg("threads") = 0,
        "(kinds, indptr, parts) by id: kinds uint8 (0 absent, 1 symbol, 2 made, 3 never made), parts of id i "
        "parts[indptr[i]:indptr[i + 1]].");
  m.def("rank_bpe_parts",
        [](const py::bytes& data, const Offsets& offsets, const Array<TokenId>& ranks, TokenId size, int threads) {
          const Strings tokens = strings(data, offsets);
          const auto known = values(ranks);
          TokenParts found;
          {
            const py::gil_scoped_release release;
            found = bpe_parts(tokens, known, rank_merges(tokens, known), rank_options(), size, threads);
          }
          return as_python(std::move(found));
        },
        py::arg("data"), py::arg("offsets").noconvert(), py::arg("ranks").noconvert(), py::kw_only(), py::arg("size"),
        py::arg("threads") = 0, "(kinds, indptr, parts) by id, as `bpe_parts` gives them.");
  m.def("sentencepiece_bpe_parts",
        [](const py::bytes& data, const Offsets& offsets, const Array<float>& scores, const Array<std::uint8_t>& types,
           bool byte_fallback, TokenId size, int threads) {
          const Strings pieces = strings(data, offsets);
          const auto score = values(scores);
          const auto type = piece_types(types);
          TokenParts found;
          {
            const py::gil_scoped_release release;
            found = sentencepiece_bpe_parts(pieces, score, type, byte_fallback, size, threads);
          }
          return as_python(std::move(found));
        },
        py::arg("data"), py::arg("offsets").noconvert(), py::arg("scores").noconvert(), py::arg("types").noconvert(),
        py::kw_only(), py::arg("byte_fallback"), py::arg("size"), py::arg("threads") = 0,
        "(kinds, indptr, parts) by id, as `bpe_parts` gives them.");
  m.def("unigram_parts",
        [](const py::bytes& data, const Offsets& offsets, const Array<double>& scores, const Array<bool>& in_text,
           std::optional<TokenId> unknown, bool byte_fallback, TokenId size, int threads) {
          const Strings pieces = texts(data, offsets);
          const auto score = values(scores);
          const auto usable = values(in_text);
          require(score.size() == pieces.count && usable.size() == pieces.count, "one score and one mark for each piece");
          TokenParts found;
          {
            const py::gil_scoped_release release;
            found = unigram_parts(pieces, score, usable, unknown, byte_fallback, size, threads);
          }
          return as_python(std::move(found));
        },
        py::arg("data"), py::arg("offsets").noconvert(), py::arg("scores").noconvert(), py::arg("in_text").noconvert(),
        py::kw_only(), py::arg("unknown"), py::arg("byte_fallback"), py::arg("size"), py::arg("threads") = 0,
        "(kinds, indptr, parts) by id: the best other path over each piece.");
  m.def("wordpiece_parts",
        [](const py::bytes& data, const Offsets& offsets, const Array<TokenId>& ids, std::optional<TokenId> unknown,
           const std::string& prefix, TokenId size, int threads) {
          const Strings tokens = texts(data, offsets);
          const auto known = values(ids);
          require(known.size() == tokens.count, "one id for each token is needed");
          TokenParts found;
          {
            const py::gil_scoped_release release;
            found = wordpiece_parts(tokens, known, unknown, prefix, size, threads);
          }
          return as_python(std::move(found));
        },
        py::arg("data"), py::arg("offsets").noconvert(), py::arg("ids").noconvert(), py::kw_only(), py::arg("unknown"),
        py::arg("prefix"), py::arg("size"), py::arg("threads") = 0,
        "(kinds, indptr, parts) by id: what each token is cut into where it is not there.");
  m.def("order_by_count", order_with(order_by_count), py::arg("indptr").noconvert(), py::arg("parts").noconvert(),
        py::arg("counts").noconvert(), py::arg("first").noconvert(),
        "All ids, uint32: those of `first`, then by falling count, each behind its parts.");
  m.def("order_by_leaves", order_with(order_by_leaves), py::arg("indptr").noconvert(), py::arg("parts").noconvert(),
        py::arg("counts").noconvert(), py::arg("first").noconvert(),
        "All ids, uint32: those of `first`, then backwards as leaves are taken away, whose counts go to their parts.");
  m.def("costs_along",
        [](const Array<std::int64_t>& indptr, const Array<TokenId>& parts, const Array<double>& counts,
           const Array<TokenId>& order) {
          const PartLists lists = part_lists(indptr, parts);
          const auto count = values(counts);
          const auto ids = values(order);
          require(count.size() == lists.size(), "one count for each token is needed");
          require(std::ranges::all_of(ids, [&](TokenId id) { return id < lists.size(); }), "the order has ids of no token");
          Costs costs;
          {
            const py::gil_scoped_release release;
            costs = costs_along(lists, count, ids);
          }
          return py::make_tuple(as_array(std::move(costs.tokens)), as_array(std::move(costs.unknown)));
        },
        py::arg("indptr").noconvert(), py::arg("parts").noconvert(), py::arg("counts").noconvert(),
        py::arg("order").noconvert(), "(tokens, unknown), float64 [order + 1]: for each beginning of the order.");
}

}  // namespace polyvocab
