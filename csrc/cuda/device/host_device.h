// Functions that both the kernels and plain C++ (the tests above all) compile.
#pragma once

#if defined(__CUDACC__)
#define POLYVOCAB_BOTH __host__ __device__
#else
#define POLYVOCAB_BOTH
#endif
