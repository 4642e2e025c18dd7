// One source for all instruction sets: kernel_body.h is compiled once for each.
#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic ignored "-Wpsabi"
#include "include/kernels.h"

#include <stdatomic.h>
#include <string.h>

typedef float float16 __attribute__((vector_size(64)));
typedef float float8 __attribute__((vector_size(32)));
typedef float float4 __attribute__((vector_size(16)));
typedef double double8 __attribute__((vector_size(64)));
typedef int64_t long8 __attribute__((vector_size(64)));
typedef int32_t int16v __attribute__((vector_size(64)));
typedef int32_t int8v __attribute__((vector_size(32)));
typedef int32_t int4v __attribute__((vector_size(16)));

#define UNROLL _Pragma("clang loop unroll(full)")
#define LOAD(p) ({ float16 _v; __builtin_memcpy(&_v, (p), 64); _v; })
#define STORE(p, x) ({ float16 _v = (x); __builtin_memcpy((p), &_v, 64); })
#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define SPLAT_INT(i) ({ int32_t _i = (i); (int16v){_i, _i, _i, _i, _i, _i, _i, _i, _i, _i, _i, \
  _i, _i, _i, _i, _i}; })
#define SPLAT(s) ({ float _s = (s); (float16){_s, _s, _s, _s, _s, _s, _s, _s, _s, _s, _s, _s, _s, \
  _s, _s, _s}; })
#define SELECT(mask, a, b) ({ int16v _m = (mask); \
  (float16)((_m & (int16v)(a)) | (~_m & (int16v)(b))); })
#define SPLAT_DOUBLE(s) ({ double _s = (s); (double8){_s, _s, _s, _s, _s, _s, _s, _s}; })
#define SELECT_DOUBLE(mask, a, b) ({ long8 _m = (mask); \
  (double8)((_m & (long8)(a)) | (~_m & (long8)(b))); })
#define LANES ((int16v){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
#define LOW(v) __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
#define HIGH(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)
#define LOW8(v) __builtin_shufflevector(v, v, 0, 1, 2, 3)
#define HIGH8(v) __builtin_shufflevector(v, v, 4, 5, 6, 7)

// Workspace -----------------------------------------------------------------------------------

typedef struct {
  int64_t batch;
  int64_t parameters;  // padded count
  float *features;     // batch × stride, gathered
  int32_t *labels;     // batch
  float *targets;      // batch
  float *activations;  // batch × stride, of every layer
  float *deltas;       // as the activations; the outputs' take the place of the logits
  float *transposed;
  float *gradient;     // as the parameters
  double *norms;       // batch
  float *end;
} assay_workspace;

enum { PRIVATE_ROWS = 32 };  // rows that a private step handles at a time

// Floats from row to row of a layer's inputs, with room for a 1 that the bias is multiplied by; the
// outputs need none.
static int64_t assay_stride(const assay_network *net, int32_t layer) {
  return assay_padded((int64_t)net->widths[layer] + (layer < net->layers));
}

static assay_workspace assay_layout(const assay_network *net, float *memory, int64_t batch) {
  assay_workspace space = {.batch = batch, .parameters = assay_parameter_floats(net)};
  int64_t transposed = 0, activations = 0;
  for (int32_t l = 0; l < net->layers; l++) {
    int64_t turned = l > 0 ? net->widths[l + 1] * assay_padded(net->widths[l]) : 0;
    activations += batch * assay_stride(net, l + 1);
    if (turned > transposed) transposed = turned;
  }
  // Whole cache lines: a vector that crosses from one to the next costs two accesses.
  space.features = memory + (-(uintptr_t)memory & 63) / sizeof(float);
  space.labels = (int32_t *)(space.features + batch * assay_stride(net, 0));
  space.targets = (float *)space.labels + assay_padded(batch);
  space.activations = space.targets + assay_padded(batch);
  space.deltas = space.activations + activations;
  space.transposed = space.deltas + activations;
  space.gradient = space.transposed + transposed;
  space.norms = (double *)(space.gradient + space.parameters);
  space.end = (float *)(space.norms + assay_padded(batch));
  return space;
}

int64_t assay_parameter_floats(const assay_network *net) {
  int64_t count = 0;
  for (int32_t l = 0; l < net->layers; l++)
    count += ((int64_t)net->widths[l] + 1) * assay_padded(net->widths[l + 1]);
  return count;
}

int64_t assay_workspace_floats(const assay_network *net, int32_t batch) {
  float *aligned = (float *)(uintptr_t)64;  // an address to count from
  return assay_layout(net, aligned, batch).end - aligned + 16;
}

// Matrix products -----------------------------------------------------------------------------

// What becomes of a finished sum s: c = s; c = max(s, 0); c = s where `active` is above 0, else 0; or a
// step of descent on c with the gradient s.
enum { KEEP, RECTIFY, MASK, DESCEND };

// `c[m × n]` from `start + a[m × k] · b[k × n]`, n a multiple of 16, k above 0. Each element adds its
// products by ascending inner index, whatever the shape of the tiles.
typedef struct {
  int64_t m, n, k;
  const float *a;
  int64_t a_row, a_col;
  const float *b;
  int64_t b_row;
  const float *start;   // NULL for zero; a start_row of 0 repeats one row
  int64_t start_row;
  float *c;
  int64_t c_row;
  float *partial;       // as c, for sums that are not finished
  int finish;
  const float *active;  // as c
  float rate, proximal;
  const float *anchor, *correction;  // as c, or NULL
} assay_product;

// Instruction sets ----------------------------------------------------------------------------

#define TILE_ROWS 6
#define TILE_VECTORS 1
#define NAME(x) base_##x
#include "kernel_body.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,prefer-256-bit"))), apply_to = function)
#define TILE_ROWS 6
#define TILE_VECTORS 1
#define NAME(x) avx2_##x
#include "kernel_body.h"
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), \
    apply_to = function)
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define NAME(x) avx512_##x
#include "kernel_body.h"
#pragma clang attribute pop
#endif

// AArch64 has fused multiply-add in its base instruction set: "scalar" and "neon" are the same
// code there. On x86-64 the base code calls fmaf, which is exact with or without hardware.
enum { UNSET, BASE, AVX2, AVX512 };
static _Atomic int chosen = UNSET;

static bool supports(int level) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (level == AVX512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (level == AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return level == BASE;
}

static int best(void) { return supports(AVX512) ? AVX512 : supports(AVX2) ? AVX2 : BASE; }

bool assay_kernels_select(const char *name) {
  int level = UNSET;
  if (!strcmp(name, "auto")) level = best();
  else if (!strcmp(name, "scalar")) level = BASE;
  else if (!strcmp(name, "avx2")) level = AVX2;
  else if (!strcmp(name, "avx512")) level = AVX512;
#if defined(__aarch64__)
  else if (!strcmp(name, "neon")) level = BASE;
#endif
  if (level == UNSET || !supports(level)) return false;
  atomic_store(&chosen, level);
  return true;
}

static int current(void) {
  int level = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (level == UNSET) {
    level = best();
    atomic_store(&chosen, level);
  }
  return level;
}

#if defined(__x86_64__)
#define DISPATCH(f, ...) \
  switch (current()) { \
    case AVX512: avx512_##f(__VA_ARGS__); break; \
    case AVX2: avx2_##f(__VA_ARGS__); break; \
    default: base_##f(__VA_ARGS__); \
  }
#else
#define DISPATCH(f, ...) (void)current(); base_##f(__VA_ARGS__);
#endif

int64_t assay_sgd_pass(
    const assay_network *net, float *parameters, float *workspace, assay_rows rows,
    const int32_t *order, int64_t count, const assay_descent *descent) {
  int64_t steps;
  DISPATCH(sgd_pass, net, parameters, workspace, rows, order, count, descent, &steps)
  return steps;
}

void assay_private_step(
    const assay_network *net, float *parameters, float *workspace, assay_rows rows,
    const int32_t *order, int64_t count, float clip, const float *noise, float expected,
    float learning_rate, int64_t *clipped) {
  DISPATCH(private_step, net, parameters, workspace, rows, order, count, clip, noise, expected,
           learning_rate, clipped)
}

void assay_logits(
    const assay_network *net, const float *parameters, float *workspace, const float *features,
    int32_t rows, float *logits) {
  DISPATCH(logits, net, parameters, workspace, features, rows, logits)
}

void assay_evaluate(
    const assay_network *net, const float *parameters, float *workspace, assay_rows rows,
    int32_t count, double *loss, int64_t *correct) {
  DISPATCH(evaluate, net, parameters, workspace, rows, count, loss, correct)
}

void assay_exp(float *values, int64_t count) { DISPATCH(exp, values, count) }
void assay_log(float *values, int64_t count) { DISPATCH(log, values, count) }

// Random numbers ------------------------------------------------------------------------------

void assay_philox_words(
    const uint32_t key[2], assay_stream stream, uint32_t number, uint64_t *out, int64_t count);

void assay_philox_words(
    const uint32_t key[2], assay_stream stream, uint32_t number, uint64_t *out, int64_t count) {
  DISPATCH(philox, key, stream, number, out, count)
}

void assay_normals(
    const assay_random *random, assay_stream stream, uint64_t first, double *out,
    int64_t count) {
  uint64_t words[64] = {0};
  double pairs[64];
  for (int64_t i = 0; i < count; i += 64) {
    int64_t live = count - i < 64 ? count - i : 64;
    assay_random_words(random, stream, first + (uint64_t)i, words, (live + 1) / 2 * 2);
    DISPATCH(box_muller, words, pairs, (live + 15) / 16 * 16)
    memcpy(out + i, pairs, (size_t)live * sizeof(double));
  }
}

void assay_box_muller(uint64_t radius, uint64_t angle, double out[2]) {
  uint64_t words[16] = {radius, angle};
  double pairs[16];
  DISPATCH(box_muller, words, pairs, 16)
  memcpy(out, pairs, 2 * sizeof(double));
}

// Aggregation ---------------------------------------------------------------------------------

bool assay_all_finite(const float *values, int64_t count) {
  bool result;
  DISPATCH(all_finite, values, count, &result)
  return result;
}

void assay_add_scaled(double *sum, const float *values, double weight, int64_t count) {
  DISPATCH(add_scaled, sum, values, weight, count)
}

void assay_add_update(
    double *sum, const float *values, const float *origin, double scale, int64_t count) {
  DISPATCH(add_update, sum, values, origin, scale, count)
}

double assay_update_norm(const float *values, const float *origin, int64_t count) {
  double result;
  DISPATCH(update_norm, values, origin, count, &result)
  return result;
}
