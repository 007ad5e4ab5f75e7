// What single characters become, found once for each and then looked up.
//
// Promises: what `find` gives. Thread safe: a page of the table is filled by whoever needs it first; all who do fill it alike.
#pragma once

#include <array>
#include <atomic>
#include <memory>

namespace polyvocab {

class CharacterImages {
 public:
  CharacterImages() = default;
  CharacterImages(const CharacterImages&) = delete;
  CharacterImages& operator=(const CharacterImages&) = delete;
  ~CharacterImages() {
    for (const auto& page : pages_) delete page.load(std::memory_order_relaxed);
  }

  // `find(code)`: a pure function of the character.
  template <class Find>
  char32_t operator()(char32_t code, const Find& find) const {
    if (code >= end) return find(code);
    const Page* page = pages_[code / page_size].load(std::memory_order_acquire);
    if (page == nullptr) [[unlikely]] page = &fill(code / page_size, find);
    return (*page)[code % page_size];
  }

 private:
  static constexpr char32_t page_size = 64, end = 0x20000;  // nearly all text is in the first two planes
  using Page = std::array<char32_t, page_size>;

  template <class Find>
  const Page& fill(char32_t number, const Find& find) const {
    auto page = std::make_unique<Page>();
    // A surrogate is no character, and asked for by no one.
    for (char32_t i = 0, code = number * page_size; i < page_size; ++i, ++code) {
      (*page)[i] = code >= 0xD800 && code < 0xE000 ? code : find(code);
    }
    const Page* present = nullptr;
    if (pages_[number].compare_exchange_strong(present, page.get(), std::memory_order_acq_rel)) return *page.release();
    return *present;
  }

  mutable std::array<std::atomic<const Page*>, end / page_size> pages_{};
};

}  // namespace polyvocab
