// Code points to numbers: two loads, whatever the script.
//
// Does not: hold the number `none`, which stands for a character that is not in it.
#pragma once

#include <cstdint>
#include <vector>

namespace polyvocab {

class CharacterTable {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  CharacterTable() : pages_(0x110000 / page_size), numbers_(page_size, none) {}

  void set(char32_t code, std::uint32_t number) {
    std::uint32_t& page = pages_[code / page_size];
    if (page == 0) {
      page = static_cast<std::uint32_t>(numbers_.size());
      numbers_.resize(numbers_.size() + page_size, none);
    }
    numbers_[page + code % page_size] = number;
  }

  std::uint32_t operator()(char32_t code) const { return numbers_[pages_[code / page_size] + code % page_size]; }

 private:
  static constexpr std::uint32_t page_size = 64;
  std::vector<std::uint32_t> pages_;    // where each page begins; the first one is empty and stands for all that are
  std::vector<std::uint32_t> numbers_;
};

}  // namespace polyvocab
