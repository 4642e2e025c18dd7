// Part of kernel_body.h.
// Elementary functions ------------------------------------------------------------------------

// exp: x = n·ln 2 + r, Taylor to r^7, 2^n in two factors so that subnormal results are right.
// NaN stays NaN; arguments are taken into −103...88.37. At most 0.9 ulp off on [−87, 88].
INLINE float16 NAME(exp16)(float16 x) {
  x = SELECT(x > SPLAT(88.3762626647950f), SPLAT(88.3762626647950f), x);
  x = SELECT(x < SPLAT(-103.0f), SPLAT(-103.0f), x);
  float16 shifted = FMA(x, SPLAT(1.44269504088896341f), SPLAT(12582912.0f));
  int16v exponent = (int16v)shifted - (int16v)SPLAT(12582912.0f);
  float16 n = shifted - SPLAT(12582912.0f);
  float16 r = FMA(n, SPLAT(-0.693145751953125f), x);
  r = FMA(n, SPLAT(-1.42860682030941723212e-6f), r);
  float16 p = SPLAT(1.9841270e-4f);
  p = FMA(p, r, SPLAT(1.3888889e-3f));
  p = FMA(p, r, SPLAT(8.3333333e-3f));
  p = FMA(p, r, SPLAT(4.1666668e-2f));
  p = FMA(p, r, SPLAT(0.16666667f));
  p = FMA(p, r, SPLAT(0.5f));
  p = FMA(p, r, SPLAT(1.0f));
  p = FMA(p, r, SPLAT(1.0f));
  int16v half = exponent >> 1, rest = exponent - half;
  return p * (float16)((half + 127) << 23) * (float16)((rest + 127) << 23);
}

// log: x = 2^e·m with m in [√½, √2), Cephes' polynomial in m − 1. −∞ of 0, NaN of what is below 0.
INLINE float16 NAME(log16)(float16 x) {
  // Subnormal numbers are scaled up; a comparison that holds is −1.
  int16v tiny = x < SPLAT(0x1p-126f);
  int16v bits = (int16v)SELECT(tiny, x * SPLAT(0x1p23f), x);
  int16v e = (bits - 0x3f3504f3) >> 23;
  float16 f = (float16)(bits - (e << 23)) - SPLAT(1.0f);
  float16 exponent = __builtin_convertvector(e + 23 * tiny, float16);
  float16 p = SPLAT(7.0376836292e-2f);
  p = FMA(p, f, SPLAT(-1.1514610310e-1f));
  p = FMA(p, f, SPLAT(1.1676998740e-1f));
  p = FMA(p, f, SPLAT(-1.2420140846e-1f));
  p = FMA(p, f, SPLAT(1.4249322787e-1f));
  p = FMA(p, f, SPLAT(-1.6668057665e-1f));
  p = FMA(p, f, SPLAT(2.0000714765e-1f));
  p = FMA(p, f, SPLAT(-2.4999993993e-1f));
  p = FMA(p, f, SPLAT(3.3333331174e-1f));
  float16 square = f * f, y = p * f * square;
  y = FMA(exponent, SPLAT(-2.12194440e-4f), y);
  y = FMA(square, SPLAT(-0.5f), y);
  y = FMA(exponent, SPLAT(0.693359375f), f + y);
  y = SELECT(x == SPLAT(0), SPLAT(-__builtin_inff()), y);
  y = SELECT(x == SPLAT(__builtin_inff()), x, y);
  return SELECT(x >= SPLAT(0), y, SPLAT(__builtin_nanf("")));
}

static void NAME(exp)(float *values, int64_t count) {
  for (int64_t i = 0; i < count; i += 16) {
    float part[16] = {0};
    int64_t live = count - i < 16 ? count - i : 16;
    __builtin_memcpy(part, values + i, (size_t)live * 4);
    STORE(part, NAME(exp16)(LOAD(part)));
    __builtin_memcpy(values + i, part, (size_t)live * 4);
  }
}

static void NAME(log)(float *values, int64_t count) {
  for (int64_t i = 0; i < count; i += 16) {
    float part[16];
    for (int j = 0; j < 16; j++) part[j] = 1;
    int64_t live = count - i < 16 ? count - i : 16;
    __builtin_memcpy(part, values + i, (size_t)live * 4);
    STORE(part, NAME(log16)(LOAD(part)));
    __builtin_memcpy(values + i, part, (size_t)live * 4);
  }
}

INLINE float8 NAME(greater8)(float8 a, float8 b) {
  int8v mask = a > b;
  return (float8)((mask & (int8v)a) | (~mask & (int8v)b));
}

INLINE float4 NAME(greater4)(float4 a, float4 b) {
  int4v mask = a > b;
  return (float4)((mask & (int4v)a) | (~mask & (int4v)b));
}

// One number for each of four vectors by the tree of lane distances 8, 4, 2, 1.
#define REDUCE(rows, ADD8, ADD4) ({ \
  float4 _q[4]; \
  UNROLL for (int _i = 0; _i < 4; _i++) { \
    float8 _8 = ADD8(LOW(rows[_i]), HIGH(rows[_i])); \
    _q[_i] = ADD4(LOW8(_8), HIGH8(_8)); \
  } \
  float4 _a = ADD4(UNPACK_LOW(_q[0], _q[1]), UNPACK_HIGH(_q[0], _q[1])); \
  float4 _b = ADD4(UNPACK_LOW(_q[2], _q[3]), UNPACK_HIGH(_q[2], _q[3])); \
  ADD4(__builtin_shufflevector(_a, _b, 0, 1, 4, 5), __builtin_shufflevector(_a, _b, 2, 3, 6, 7)); \
})
#define UNPACK_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define UNPACK_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define ADD(a, b) ((a) + (b))

// Output layer --------------------------------------------------------------------------------

// Four rows of logits at a time; of the last ones only `live` exist, and the others repeat the first.
// The largest live logit of each row; padding does not count. NaN may be lost here; it comes back
// through the exponentials.
INLINE float4 NAME(row_max)(
    const float *z, int64_t width, int64_t outputs, int64_t live) {
  float16 best[4];
  UNROLL for (int r = 0; r < 4; r++) {
    const float *row = z + (r < live ? r : 0) * width;
    best[r] = SPLAT(-__builtin_inff());
    for (int64_t j = 0; j < width; j += 16) {
      float16 here = SELECT(LANES < SPLAT_INT((int32_t)(outputs - j)), LOAD(row + j), best[r]);
      best[r] = SELECT(here > best[r], here, best[r]);
    }
  }
  return REDUCE(best, NAME(greater8), NAME(greater4));
}

// Replaces each row of logits by exp(logit − max), padding by 0, and returns the sums.
INLINE float4 NAME(row_exp)(
    float *z, int64_t width, int64_t outputs, int64_t live, float4 max) {
  float16 sum[4];
  UNROLL for (int r = 0; r < 4; r++) {
    sum[r] = SPLAT(0);
    if (r >= live) continue;
    float *row = z + r * width;
    float16 largest = SPLAT(max[r]);
    for (int64_t j = 0; j < width; j += 16) {
      float16 e = NAME(exp16)(LOAD(row + j) - largest);
      e = SELECT(LANES < SPLAT_INT((int32_t)(outputs - j)), e, SPLAT(0));
      STORE(row + j, e);
      sum[r] = sum[r] + e;
    }
  }
  return REDUCE(sum, ADD, ADD);
}

// Logits become the derivative of the cross-entropy times `scale`: p·scale − target·scale.
INLINE void NAME(softmax_rows)(
    float *z, const int32_t *labels, int64_t rows, int64_t outputs, int64_t width,
    float scale) {
  for (int64_t r = 0; r < rows; r += 4, z += 4 * width) {
    int64_t live = rows - r < 4 ? rows - r : 4;
    float4 max = NAME(row_max)(z, width, outputs, live);
    float4 sum = NAME(row_exp)(z, width, outputs, live, max);
    float4 factor = (float4){scale, scale, scale, scale} / sum;
    UNROLL for (int i = 0; i < 4; i++) {
      if (i >= live) break;
      for (int64_t j = 0; j < width; j += 16) {
        int16v here = LANES == SPLAT_INT((int32_t)(labels[r + i] - j));
        float16 target = SELECT(here, SPLAT(-scale), SPLAT(0));
        float *at = z + i * width + j;
        STORE(at, FMA(LOAD(at), SPLAT(factor[i]), target));
      }
    }
  }
}

static void NAME(softmax_derivative)(
    float *z, const int32_t *labels, int64_t rows, int64_t outputs, float scale) {
  int64_t width = assay_padded(outputs);
  // A width that the compiler knows takes away the inner loops.
  if (width == 16) NAME(softmax_rows)(z, labels, rows, outputs, 16, scale);
  else NAME(softmax_rows)(z, labels, rows, outputs, width, scale);
}

// p = 1/(1+e) or e/(1+e) with e = exp(−|z|), which never overflows.
INLINE float16 NAME(sigmoid16)(float16 z) {
  float16 magnitude = (float16)((int16v)z & 0x7fffffff);
  float16 e = NAME(exp16)(-magnitude);
  return SELECT(z >= SPLAT(0), SPLAT(1.0f), e) / (SPLAT(1.0f) + e);
}

static void NAME(sigmoid_derivative)(
    float *z, const int32_t *labels, int64_t rows, float scale) {
  for (int64_t r = 0; r < rows; r += 16) {
    int64_t live = rows - r < 16 ? rows - r : 16;
    float logit[16] = {0}, target[16] = {0};
    for (int64_t i = 0; i < live; i++) {
      logit[i] = z[(r + i) * 16];
      target[i] = (float)labels[r + i];
    }
    float16 d = (NAME(sigmoid16)(LOAD(logit)) - LOAD(target)) * SPLAT(scale);
    STORE(logit, d);
    for (int64_t i = 0; i < live; i++) {
      STORE(z + (r + i) * 16, SPLAT(0));
      z[(r + i) * 16] = logit[i];
    }
  }
}

static void NAME(identity_derivative)(
    float *z, const float *targets, int64_t rows, float scale) {
  for (int64_t r = 0; r < rows; r++) {
    float d = (z[r * 16] - targets[r]) * scale;
    STORE(z + r * 16, SPLAT(0));
    z[r * 16] = d;
  }
}

// Logits become the derivative of the loss, times `scale`.
static void NAME(output_derivative)(
    const assay_network *net, const assay_workspace *space, float *z, int64_t rows, float scale) {
  int64_t outputs = net->widths[net->layers];
  if (net->loss == 1) NAME(identity_derivative)(z, space->targets, rows, scale);
  else if (outputs == 1) NAME(sigmoid_derivative)(z, space->labels, rows, scale);
  else NAME(softmax_derivative)(z, space->labels, rows, outputs, scale);
}
