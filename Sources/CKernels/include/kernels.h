// Kernels of the training engine. Goals in order: the same bits on every processor and for every
// instruction set, then accuracy, then speed.
//
// How the bits are fixed: every matrix element accumulates over its inner index in ascending order
// by fused multiply-add (exactly rounded, in hardware or in the C library); sums over a row use 16
// lanes and a fixed tree; exp and log are our own; nothing is contracted by the compiler.
#ifndef ASSAY_KERNELS_H
#define ASSAY_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Instruction sets ----------------------------------------------------------------------------

/// Chooses the kernels: "auto", "scalar", "avx2", "avx512" or "neon". Returns false, and changes
/// nothing, when this processor lacks the instruction set or the name is unknown.
bool assay_kernels_select(const char *_Nonnull name);

// Networks ------------------------------------------------------------------------------------

/// A dense network: `widths[0]` features, ReLU layers, `widths[layers]` outputs. One output is a
/// sigmoid, more are a softmax. Parameters lie layer by layer: the weights `[in][padded out]`, then
/// the bias `[padded out]`; widths are padded to multiples of 16, and the padding stays zero.
typedef struct {
  int32_t layers;
  const int32_t *_Nonnull widths;
} assay_network;

/// `width` rounded up to a multiple of 16.
static inline int64_t assay_padded(int64_t width) { return (width + 15) / 16 * 16; }

/// Number of floats of the parameters with their padding.
int64_t assay_parameter_floats(const assay_network *_Nonnull network);

/// Number of floats that a workspace for `batch` rows needs.
int64_t assay_workspace_floats(const assay_network *_Nonnull network, int32_t batch);

/// One pass of stochastic gradient descent over `rows` rows in the given order, in batches; the
/// last batch may be smaller, and each step uses the mean gradient of its batch.
void assay_sgd_pass(
    const assay_network *_Nonnull network, float *_Nonnull parameters, float *_Nonnull workspace,
    const float *_Nonnull features, const int32_t *_Nonnull labels, const int32_t *_Nonnull order,
    int64_t rows, int32_t batch, float learning_rate);

/// Logits of `rows` consecutive rows (at most the workspace's batch), `rows` × outputs, unpadded.
void assay_logits(
    const assay_network *_Nonnull network, const float *_Nonnull parameters,
    float *_Nonnull workspace, const float *_Nonnull features, int32_t rows,
    float *_Nonnull logits);

/// Sum of cross-entropies and number of right predictions of `rows` consecutive rows (at most the
/// workspace's batch). A sigmoid predicts 1 from logit 0 on; of equal logits the lowest class wins.
void assay_evaluate(
    const assay_network *_Nonnull network, const float *_Nonnull parameters,
    float *_Nonnull workspace, const float *_Nonnull features, const int32_t *_Nonnull labels,
    int32_t rows, double *_Nonnull loss, int64_t *_Nonnull correct);

/// Whether all values are finite.
bool assay_all_finite(const float *_Nonnull values, int64_t count);

/// `sum[i] += weight · values[i]`, in double.
void assay_add_scaled(
    double *_Nonnull sum, const float *_Nonnull values, double weight, int64_t count);

/// `sum[i] += scale · (values[i] − origin[i])`, in double.
void assay_add_update(
    double *_Nonnull sum, const float *_Nonnull values, const float *_Nonnull origin, double scale,
    int64_t count);

/// L2 norm of `values − origin`, in double, with eight lanes and a fixed tree.
double assay_update_norm(
    const float *_Nonnull values, const float *_Nonnull origin, int64_t count);

/// exp and log of `count` floats, as the kernels compute them (for tests).
void assay_exp(float *_Nonnull values, int64_t count);
void assay_log(float *_Nonnull values, int64_t count);

// Random numbers ------------------------------------------------------------------------------

/// A counter-based generator: the words of a stream follow from its key and address alone.
typedef struct {
  /// Philox4x32-10 with the first two words as its key, or ChaCha20 with all eight.
  bool cryptographic;
  uint32_t key[8];
} assay_random;

/// The stream's address; the block number is the fourth word of the counter.
typedef struct {
  uint32_t a, b, c;
} assay_stream;

/// One block of Philox4x32-10 (Salmon et al., SC 2011).
void assay_philox(
    const uint32_t counter[_Nonnull 4], const uint32_t key[_Nonnull 2], uint32_t out[_Nonnull 4]);

/// One block of ChaCha20 (RFC 8439 section 2.3): counter word, three nonce words.
void assay_chacha20(
    const uint32_t key[_Nonnull 8], const uint32_t counter[_Nonnull 4],
    uint32_t out[_Nonnull 16]);

/// Words `first ..< first + count` of a stream.
void assay_random_words(
    const assay_random *_Nonnull random, assay_stream stream, uint64_t first,
    uint64_t *_Nonnull out, int64_t count);

/// Standard normals `first ..< first + count` of a stream; `first` must be even. Box–Muller from
/// 64-bit uniforms in double, so values reach 9.4 standard deviations.
void assay_normals(
    const assay_random *_Nonnull random, assay_stream stream, uint64_t first,
    double *_Nonnull out, int64_t count);

/// The two normals of one pair of words (for tests).
void assay_box_muller(uint64_t radius, uint64_t angle, double out[_Nonnull 2]);

/// Shuffles by Fisher and Yates; one word for each item.
void assay_shuffle(
    const assay_random *_Nonnull random, assay_stream stream, int32_t *_Nonnull items,
    int64_t count);

// Threads -------------------------------------------------------------------------------------

/// Workers that wait for jobs; the caller is worker 0.
typedef struct assay_pool assay_pool;

/// Starts `threads − 1` threads; fewer when the system gives fewer. NULL when out of memory.
assay_pool *_Nullable assay_pool_create(int32_t threads);

/// Number of workers, the caller included.
int32_t assay_pool_workers(const assay_pool *_Nonnull pool);

/// Calls `job(context, index, worker)` once for every index in `0 ..< count` and returns when all
/// have returned. Indices are handed out in ascending order to whichever worker is free.
void assay_pool_run(
    assay_pool *_Nonnull pool, int64_t count,
    void (*_Nonnull job)(void *_Nonnull context, int64_t index, int32_t worker),
    void *_Nonnull context);

/// Stops and frees the workers.
void assay_pool_destroy(assay_pool *_Nonnull pool);

#endif
