// Sixteen floats side by side, in what registers the instruction set of the including file has.
//
// Promises: every operation is the one of IEEE 754 on each lane, so that all forms give the same bits.
// Expects: to be included only by the files of the step kernels; everything is local to them.
#pragma once

#include <cmath>
#include <cstddef>

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace polyvocab {
namespace {

#if defined(__AVX2__) || defined(__AVX512F__)
// Lanes 0 to 7 plus lanes 8 to 15 are given: four, two, one.
inline float sum_of_eight(__m256 eight) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
#endif

#if defined(__AVX512F__)

struct Lanes {
  __m512 v;
  static Lanes zero() { return {_mm512_setzero_ps()}; }
  static Lanes all(float x) { return {_mm512_set1_ps(x)}; }
  static Lanes load(const float* p) { return {_mm512_loadu_ps(p)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  Lanes operator+(Lanes b) const { return {_mm512_add_ps(v, b.v)}; }
  Lanes operator*(Lanes b) const { return {_mm512_mul_ps(v, b.v)}; }
  Lanes times_plus(Lanes b, Lanes c) const { return {_mm512_fmadd_ps(v, b.v, c.v)}; }
  float sum() const {
    // The forms with a mask: GCC 12 warns of what the plain ones leave undefined.
    const __m512d whole = _mm512_castps_pd(v);
    const __m256d low = _mm512_maskz_extractf64x4_pd(0xF, whole, 0);
    const __m256d high = _mm512_maskz_extractf64x4_pd(0xF, whole, 1);
    return sum_of_eight(_mm256_add_ps(_mm256_castpd_ps(low), _mm256_castpd_ps(high)));
  }
};

#elif defined(__AVX2__)

struct Lanes {
  __m256 low, high;
  static Lanes zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
  static Lanes all(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
  static Lanes load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
  void store(float* p) const { _mm256_storeu_ps(p, low), _mm256_storeu_ps(p + 8, high); }
  Lanes operator+(Lanes b) const { return {_mm256_add_ps(low, b.low), _mm256_add_ps(high, b.high)}; }
  Lanes operator*(Lanes b) const { return {_mm256_mul_ps(low, b.low), _mm256_mul_ps(high, b.high)}; }
  Lanes times_plus(Lanes b, Lanes c) const {
    return {_mm256_fmadd_ps(low, b.low, c.low), _mm256_fmadd_ps(high, b.high, c.high)};
  }
  float sum() const { return sum_of_eight(_mm256_add_ps(low, high)); }
};

#else

struct Lanes {
  float v[16];
  static Lanes zero() { return all(0.0F); }
  static Lanes all(float x) {
    Lanes made;
    for (float& lane : made.v) lane = x;
    return made;
  }
  static Lanes load(const float* p) {
    Lanes made;
    for (int i = 0; i < 16; ++i) made.v[i] = p[i];
    return made;
  }
  void store(float* p) const {
    for (int i = 0; i < 16; ++i) p[i] = v[i];
  }
  Lanes operator+(Lanes b) const {
    for (int i = 0; i < 16; ++i) b.v[i] = v[i] + b.v[i];
    return b;
  }
  Lanes operator*(Lanes b) const {
    for (int i = 0; i < 16; ++i) b.v[i] = v[i] * b.v[i];
    return b;
  }
  Lanes times_plus(Lanes b, Lanes c) const {
    for (int i = 0; i < 16; ++i) c.v[i] = std::fma(v[i], b.v[i], c.v[i]);
    return c;
  }
  float sum() const {
    Lanes part = *this;
    for (int half = 8; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) part.v[i] += part.v[i + half];
    }
    return part.v[0];
  }
};

#endif

}  // namespace
}  // namespace polyvocab
