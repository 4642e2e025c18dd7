#include "include/peak.h"

#include <time.h>

// Sixteen sums hide the latency of an addition on two units with room to spare.
enum { SUMS = 16, TURNS = 100000, RUNS = 40 };

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

#define LOOP(NAME, LANES) \
  static double NAME(void) { \
    typedef float vector __attribute__((vector_size(LANES * 4))); \
    vector sum[SUMS], factor, term; \
    double best = 1e9; \
    for (int j = 0; j < LANES; j++) factor[j] = 0.999f, term[j] = 0.001f; \
    for (int i = 0; i < SUMS; i++) sum[i] = term * (float)i; \
    for (int run = 0; run < RUNS; run++) { \
      double start = seconds(); \
      for (int turn = 0; turn < TURNS; turn++) { \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) \
            sum[i] = __builtin_elementwise_fma(sum[i], factor, term); \
        __asm__ volatile("" ::: "memory"); \
      } \
      double spent = seconds() - start; \
      if (spent < best) best = spent; \
    } \
    volatile float keep = 0; \
    for (int i = 0; i < SUMS; i++) keep = keep + sum[i][0]; \
    return 2.0 * SUMS * LANES * TURNS / best; \
  }

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
LOOP(peak512, 16)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
LOOP(peak256, 8)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("fma"))), apply_to = function)
LOOP(peak128, 4)
#pragma clang attribute pop

// Without fused multiply-add the kernels call the C library; their fraction of 1 means nothing then.
double peak_operations_per_second(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return peak512();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return peak256();
  return __builtin_cpu_supports("fma") ? peak128() : 1;
}
#else
LOOP(peak128, 4)
double peak_operations_per_second(void) { return peak128(); }
#endif
