// SentencePiece's table of characters and what takes their place: a double array (darts-clone) over UTF-8 and a block of
// strings, each ended by NUL.
//
// Promises: no table, however broken, is read out of bounds. Throws std::invalid_argument with what is wrong with it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polyvocab {

class Charsmap {
 public:
  // `blob` as it lies in the file: [u32 size of the double array in bytes][double array][strings].
  explicit Charsmap(std::string_view blob);

  // What takes the place of the shortest key that `text` begins with (not the longest, as one would think). A NUL ends the
  // search.
  std::optional<std::string_view> find(std::string_view text) const;

  // The longest key that `text` begins with, as SentencePiece itself looks; size 0 where there is none.
  struct Match {
    std::size_t size = 0;
    std::string_view by{};
  };
  Match longest(std::string_view text) const;

  // Whether any key begins with `prefix`.
  bool begins_key(std::string_view prefix) const;

  // Calls visit(key, what takes its place) for all keys, in any order; false where they are too many or too long to be those
  // of a table that someone made.
  bool for_each(const std::function<void(std::string_view, std::string_view)>& visit) const;

 private:
  // Units by the number that their parent has for its children.
  struct Children {
    std::vector<std::uint32_t> begins;  // where in `units` those of a number begin
    std::vector<std::uint32_t> units;
  };
  Children units_by_parent() const;
  std::string_view string_at(std::uint32_t leaf) const;

  std::vector<std::uint32_t> units_;
  std::string strings_;
};

}  // namespace polyvocab
