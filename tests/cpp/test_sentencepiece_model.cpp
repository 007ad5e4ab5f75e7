#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/models/find_strings.h"
#include "core/protobuf/sentencepiece_model.h"
#include "vocabulary.h"

using namespace polyvocab;
using namespace std::string_view_literals;

namespace {

std::string member(char key, std::string_view payload) {
  return std::string{key, static_cast<char>(payload.size())}.append(payload);
}

const std::string first = member('\x0a', "\x0a\x02hi\x15\0\0\x80\xBF\x18\x04"sv), second = member('\x0a', member('\x0a', "é"));

}  // namespace

TEST_CASE("pieces are read, and where the other members lie") {
  std::string file = "\x08\x05";
  file.append(first).append(member('\x12', "\x18\x01")).append("\x1a\0"sv).append(second);
  const auto model = protobuf::read_sentencepiece_model(file);
  CHECK_FALSE(model.stopped_at);
  CHECK(model.pieces.bytes == "hié");
  CHECK(model.pieces.offsets == std::vector<std::uint64_t>{0, 2, 4});
  CHECK(model.scores == std::vector<float>{-1, 0});
  CHECK(model.types == std::vector<std::uint8_t>{4, 1});
  const std::uint64_t behind_first = 2 + first.size();
  CHECK(model.others == std::vector<std::uint64_t>{0, 2, behind_first, behind_first + 6});
  CHECK(model.places == std::vector<std::uint64_t>{2, behind_first, behind_first + 6, file.size()});
}

TEST_CASE("what cannot be read is left to the caller") {
  const auto stops = [](const std::string& bad) {
    const auto model = protobuf::read_sentencepiece_model(first + bad + second);
    return model.stopped_at == first.size() && model.types.size() == 1;
  };
  CHECK(stops("\x0b"));                                           // wire type 3
  CHECK(stops("\x02"));                                           // no number
  CHECK(stops("\x0a\xFF\xFF\xFF\xFF\x7F"));                       // 34 GB
  CHECK(stops(std::string(1, '\x0a') + std::string(9, '\xFF') + '\x7F'));  // more than 64 bits
  CHECK(stops(std::string(11, '\xFF')));
  CHECK(stops(member('\x0a', "\x0a\x01\xC3")));  // no UTF-8
  CHECK(stops(member('\x0a', "\x18\x07")));      // no type
  CHECK(stops(member('\x0a', "\x0a\x09hi")));    // longer than the piece
  CHECK(protobuf::read_sentencepiece_model(first.substr(0, 9)).stopped_at == 0);
  CHECK(protobuf::read_sentencepiece_model(std::string("\x09").append(first, 0, 7)).stopped_at == 0);
}

TEST_CASE("strings that are there twice") {
  const Vocabulary words({"a", "bb", "", "bb", "a", ""});
  const bool all[] = {true, true, true, true, true, true}, some[] = {true, false, true, true, true, false};
  const auto found = find_repeated(words.strings(), all);
  REQUIRE(found);
  CHECK(found->first == 1);
  CHECK(found->again == 3);
  CHECK(find_repeated(words.strings(), some)->again == 4);
  CHECK_FALSE(find_repeated(Vocabulary({"a", "b", ""}).strings(), std::span(all, 3)));
}
