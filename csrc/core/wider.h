// POLYVOCAB_WIDER before a function compiles it once for each of these instruction sets; the loader picks the widest that
// the machine runs. Without contraction of products and sums (see CMakeLists.txt) element-wise loops give the same bits
// in all of them. The sanitizers do not go along with it.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define POLYVOCAB_WIDER __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define POLYVOCAB_WIDER
#endif
