// What single characters become, found once for each and then looked up.
//
// Promises: what `find` gives. Thread safe: a page of the table is filled by whoever needs it first; all who do fill it alike.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace polyvocab {

// What a character becomes: a few bytes, or none, or `complex`, which is more than that, or hangs on what stands beside it.
class CharacterImage {
 public:
  static constexpr std::size_t capacity = 11;           // a Hangul syllable has nine
  static constexpr std::size_t written = capacity + 1;  // by `write`

  static CharacterImage of(std::string_view bytes) {
    CharacterImage image;
    if (bytes.size() > capacity) return image;
    std::memcpy(image.bytes_, bytes.data(), bytes.size());
    image.size_ = static_cast<std::uint8_t>(bytes.size());
    return image;
  }
  static CharacterImage complex() { return {}; }

  bool is_complex() const { return size_ > capacity; }
  // Writes its bytes and what is behind them, which is as quick as it gets: all that is here at once. Returns their number.
  std::size_t write(char* out) const {
    static_assert(sizeof(CharacterImage) == written);
    std::memcpy(out, this, written);
    return size_;
  }

 private:
  char bytes_[capacity]{};
  std::uint8_t size_ = 0xFF;
};

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
  CharacterImage operator()(char32_t code, const Find& find) const {
    if (code >= end) return find(code);
    const Page* page = pages_[code / page_size].load(std::memory_order_acquire);
    if (page == nullptr) [[unlikely]] page = &fill(code / page_size, find);
    return (*page)[code % page_size];
  }

 private:
  static constexpr char32_t page_size = 64, end = 0x20000;  // nearly all text is in the first two planes
  using Page = std::array<CharacterImage, page_size>;

  template <class Find>
  const Page& fill(char32_t number, const Find& find) const {
    auto page = std::make_unique<Page>();
    for (char32_t i = 0, code = number * page_size; i < page_size; ++i, ++code) {
      if (code < 0xD800 || code >= 0xE000) (*page)[i] = find(code);  // a surrogate is no character, and asked for by no one
    }
    const Page* present = nullptr;
    if (pages_[number].compare_exchange_strong(present, page.get(), std::memory_order_acq_rel)) return *page.release();
    return *present;
  }

  mutable std::array<std::atomic<const Page*>, end / page_size> pages_{};
};

}  // namespace polyvocab
