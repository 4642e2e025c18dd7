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

/// A dense network: `widths[0]` features, ReLU layers, `widths[layers]` outputs. Parameters lie layer
/// by layer: the weights `[in][padded out]`, then the bias `[padded out]`; widths are padded to
/// multiples of 16, and the padding stays zero.
typedef struct {
  int32_t layers;
  const int32_t *_Nonnull widths;
  /// 0: cross-entropy, of a sigmoid for one output, of a softmax for more. 1: half the squared error
  /// of one identity output, ½(z − y)².
  int32_t loss;
} assay_network;

/// Rows to learn from or to judge by: features row-major, then `labels` for cross-entropy or
/// `targets` for the squared error; the other is not read.
typedef struct {
  const float *_Nonnull features;
  const int32_t *_Nullable labels;
  const float *_Nullable targets;
} assay_rows;

/// How one pass descends. The gradient g of a step becomes, in this order, g + correction, then
/// fma(proximal, w − anchor, g); then w = fma(−learning_rate, g, w).
typedef struct {
  /// Rows of a step; the workspace is for at least so many.
  int32_t batch;
  float learning_rate;
  /// Stops after so many steps; INT64_MAX for none.
  int64_t most_steps;
  /// Weight of the pull towards the anchor (FedProx, Ditto); at 0 the anchor is not read.
  float proximal;
  /// Padded parameters; NULL for no pull.
  const float *_Nullable anchor;
  /// Padded vector that is added to each gradient (SCAFFOLD: c − c_i), padding 0; NULL for none.
  const float *_Nullable correction;
} assay_descent;

/// `width` rounded up to a multiple of 16.
static inline int64_t assay_padded(int64_t width) { return (width + 15) / 16 * 16; }

/// Number of floats of the parameters with their padding.
int64_t assay_parameter_floats(const assay_network *_Nonnull network);

/// Number of floats that a workspace for `batch` rows needs.
int64_t assay_workspace_floats(const assay_network *_Nonnull network, int32_t batch);

/// One pass of stochastic gradient descent over `count` rows in the given order, in batches; the last
/// batch may be smaller, and each step uses the mean gradient of its batch. Returns the steps done.
int64_t assay_sgd_pass(
    const assay_network *_Nonnull network, float *_Nonnull parameters, float *_Nonnull workspace,
    assay_rows rows, const int32_t *_Nonnull order, int64_t count,
    const assay_descent *_Nonnull descent);

/// One step of example-level DP-SGD (Abadi et al. 2016, arXiv:1607.00133, algorithm 1) over `count`
/// rows, which may be 0: w = fma(−learning_rate, (sum + noise) / expected, w).
///
/// The sum is over the gradients of the rows' losses, each scaled down to an L2 norm of at most `clip`
/// over all parameters; the bound holds for the scaled gradients as they are stored, rounding
/// included. A row's norm is √Σ_layers ‖δ‖²(‖a‖² + 1), without its gradient in memory (Goodfellow
/// 2015, arXiv:1510.01799). A row whose gradient is not finite contributes nothing. `noise` has a
/// value for every padded parameter, padding 0, already scaled; NULL for none. The workspace is for
/// at least min(count, 32) rows. `clipped` becomes the number of rows whose norm is above `clip` or
/// not finite.
void assay_private_step(
    const assay_network *_Nonnull network, float *_Nonnull parameters, float *_Nonnull workspace,
    assay_rows rows, const int32_t *_Nonnull order, int64_t count, float clip,
    const float *_Nullable noise, float expected, float learning_rate, int64_t *_Nonnull clipped);

/// Logits of `rows` consecutive rows (at most the workspace's batch), `rows` × outputs, unpadded.
void assay_logits(
    const assay_network *_Nonnull network, const float *_Nonnull parameters,
    float *_Nonnull workspace, const float *_Nonnull features, int32_t rows,
    float *_Nonnull logits);

/// Sum of losses and number of right predictions of the first `count` rows (at most the workspace's
/// batch). A sigmoid predicts 1 from logit 0 on; of equal logits the lowest class wins. The squared
/// error has no right predictions: 0.
void assay_evaluate(
    const assay_network *_Nonnull network, const float *_Nonnull parameters,
    float *_Nonnull workspace, assay_rows rows, int32_t count, double *_Nonnull loss,
    int64_t *_Nonnull correct);

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

/// Bytes of `count` codes of 8, 4 or 1 bits, packed from the lowest bit of each byte on.
static inline int64_t assay_code_bytes(int64_t count, int32_t bits) {
  return (count * bits + 7) / 8;
}

/// Unbiased stochastic rounding to 2^bits levels, bits 8, 4 or 1 (Suresh et al. 2017,
/// arXiv:1611.00429, k-level): level j stands for lo + (hi − lo)·j / (2^bits − 1), where
/// `range[0]` = lo and `range[1]` = hi become the least and the greatest value.
///
/// Value i takes 32 random bits, the low half of `words[i / 2]` for even i, the high half for odd
/// i, so there are (count + 1) / 2 words. A constant vector comes back exactly, and so do lo and hi.
/// Leave padding out: it would stretch the range. Returns false, with nothing written, when a value is
/// not finite.
bool assay_quantize(
    const float *_Nonnull values, int64_t count, int32_t bits, const uint64_t *_Nonnull words,
    float range[_Nonnull 2], uint8_t *_Nonnull codes);

/// The values that codes stand for, in double and rounded once to float.
void assay_dequantize(
    const uint8_t *_Nonnull codes, int64_t count, int32_t bits, const float range[_Nonnull 2],
    float *_Nonnull values);

/// Indices, ascending, of the `keep` values of greatest magnitude (0 ≤ keep ≤ count < 2^31); of
/// equal magnitudes the lowest index wins. NaN counts as greater than infinity.
void assay_largest(
    const float *_Nonnull values, int64_t count, int64_t keep, int32_t *_Nonnull indices);

/// exp and log of `count` floats, as the kernels compute them (for tests). exp takes its argument into
/// −103...88.37, so that it is never 0 or ∞; NaN stays NaN. log of 0 is −∞, of less NaN.
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

/// Processor seconds of this process, all threads; for reports of time and nothing else.
double assay_processor_seconds(void);

/// Stops and frees the workers.
void assay_pool_destroy(assay_pool *_Nonnull pool);

#endif
