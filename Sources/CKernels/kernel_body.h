// The kernels, included once for every instruction set with NAME(x), TILE_ROWS, TILE_VECTORS and an
// active target attribute. A tile's shape never shows in the result: each element has its own sum.

#define INLINE static inline __attribute__((always_inline))

// Matrix product ------------------------------------------------------------------------------

// What becomes of the finished sums of a tile.
INLINE void NAME(finish)(
    const int rows, const int vectors, const assay_product *x, float *c, int64_t i, int64_t j,
    float16 sum[TILE_ROWS][TILE_VECTORS]) {
  const int64_t step = x->c_row;
  switch (x->finish) {
    case KEEP:
      UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) STORE(c + r * step + 16 * v, sum[r][v]);
      return;
    case RECTIFY:
      UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++)
          STORE(c + r * step + 16 * v, SELECT(sum[r][v] <= SPLAT(0), SPLAT(0), sum[r][v]));
      return;
    case MASK: {
      const float *active = x->active + i * step + j;
      UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++)
          STORE(
              c + r * step + 16 * v,
              SELECT(LOAD(active + r * step + 16 * v) > SPLAT(0), sum[r][v], SPLAT(0)));
      return;
    }
    default: {
      const float16 rate = SPLAT(-x->rate);
      if (!x->anchor && !x->correction) {
        UNROLL for (int r = 0; r < rows; r++)
          UNROLL for (int v = 0; v < vectors; v++) {
            float *w = c + r * step + 16 * v;
            STORE(w, FMA(rate, sum[r][v], LOAD(w)));
          }
        return;
      }
      const float16 proximal = SPLAT(x->proximal);
      const float *anchor = x->anchor ? x->anchor + i * step + j : NULL;
      const float *correction = x->correction ? x->correction + i * step + j : NULL;
      UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) {
          int64_t at = r * step + 16 * v;
          float16 w = LOAD(c + at), g = sum[r][v];
          if (correction) g = g + LOAD(correction + at);
          if (anchor) g = FMA(proximal, w - LOAD(anchor + at), g);
          STORE(c + at, FMA(rate, g, w));
        }
    }
  }
}

// Rows i... and columns j... of a product over the inner indices p ..< p + depth.
INLINE void NAME(tile)(
    const int rows, const int vectors, const assay_product *x, int64_t i, int64_t j, int64_t p,
    int64_t depth) {
  const int64_t a_row = x->a_row, a_col = x->a_col, b_row = x->b_row;
  const float *a = x->a + i * a_row + p * a_col, *b = x->b + p * b_row + j;
  float16 sum[TILE_ROWS][TILE_VECTORS];
  if (p > 0) {
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++)
        sum[r][v] = LOAD(x->partial + (i + r) * x->c_row + j + 16 * v);
  } else if (x->start) {
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++)
        sum[r][v] = LOAD(x->start + (i + r) * x->start_row + j + 16 * v);
  } else {
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = SPLAT(0);
  }
  // One pointer for three rows, hidden from the compiler, which would compute each row's address from
  // the one before: a chain of additions that takes longer than the products.
  const float *left[(TILE_ROWS + 2) / 3];
  UNROLL for (int r = 0; r < rows; r += 3) {
    left[r / 3] = a + r * a_row;
    __asm__("" : "+r"(left[r / 3]));
  }
  const float *end = b + depth * b_row;
  do {
    float16 right[TILE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) right[v] = LOAD(b + 16 * v);
    UNROLL for (int r = 0; r < rows; r++) {
      float16 factor = SPLAT(left[r / 3][r % 3 * a_row]);
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = FMA(factor, right[v], sum[r][v]);
    }
    UNROLL for (int r = 0; r < rows; r += 3) left[r / 3] += a_col;
    b += b_row;
  } while (b != end);
  if (p + depth < x->k) {
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++)
        STORE(x->partial + (i + r) * x->c_row + j + 16 * v, sum[r][v]);
  } else {
    NAME(finish)(rows, vectors, x, x->c + i * x->c_row + j, i, j, sum);
  }
}

static void NAME(tiles)(
    int rows, int vectors, const assay_product *x, int64_t i, int64_t j, int64_t p,
    int64_t depth) {
#define TILE(R, V) case R: NAME(tile)(R, V, x, i, j, p, depth); break;
#if TILE_ROWS > 6
#define TILES(V) \
  switch (rows) { TILE(1, V) TILE(2, V) TILE(3, V) TILE(4, V) TILE(5, V) TILE(6, V) TILE(7, V) \
      TILE(8, V) TILE(9, V) TILE(10, V) TILE(11, V) TILE(12, V) }
#else
#define TILES(V) \
  switch (rows) { TILE(1, V) TILE(2, V) TILE(3, V) TILE(4, V) TILE(5, V) TILE(6, V) }
#endif
#if TILE_VECTORS > 1
  if (vectors == 2) { TILES(2) return; }
#else
  (void)vectors;
#endif
  TILES(1)
#undef TILES
#undef TILE
}

// A whole product. A long inner index is cut so that b stays in the cache; the partial sums are stored
// and loaded again exactly.
static void NAME(multiply)(const assay_product *x) {
  const int64_t cut = 256;
  int64_t blocks = (x->m + TILE_ROWS - 1) / TILE_ROWS, height = (x->m + blocks - 1) / blocks;
  for (int64_t p = 0; p < x->k; p += cut) {
    int64_t depth = x->k - p < cut ? x->k - p : cut;
    for (int64_t j = 0; j < x->n;) {
      int vectors = x->n - j >= 16 * TILE_VECTORS ? TILE_VECTORS : 1;
      for (int64_t i = 0; i < x->m; i += height)
        NAME(tiles)((int)(x->m - i < height ? x->m - i : height), vectors, x, i, j, p, depth);
      j += 16 * vectors;
    }
  }
}

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

// Networks ------------------------------------------------------------------------------------

// Activations of every layer, one after the other from `activations`; the last are the logits.
static float *NAME(forward)(
    const assay_network *net, const float *parameters, const float *features, int64_t input_row,
    int64_t rows, int64_t batch, float *activations) {
  const float *input = features;
  float *output = activations;
  for (int32_t l = 0; l < net->layers; l++) {
    int64_t in = net->widths[l], out = net->widths[l + 1], width = assay_padded(out);
    bool last = l + 1 == net->layers;
    int64_t output_row = assay_stride(net, l + 1);
    NAME(multiply)(&(assay_product){
        .m = rows, .n = width, .k = in, .a = input, .a_row = input_row, .a_col = 1,
        .b = parameters, .b_row = width, .start = parameters + in * width, .c = output,
        .c_row = output_row, .partial = output, .finish = last ? KEEP : RECTIFY});
    if (last) break;
    for (int64_t r = 0; r < rows; r++) output[r * output_row + out] = 1;
    parameters += (in + 1) * width;
    input = output;
    input_row = output_row;
    output += batch * output_row;
  }
  return output;
}

// Copies the rows of a batch side by side, a 1 behind each for the bias.
static void NAME(gather)(
    const assay_network *net, const assay_workspace *space, assay_rows rows, const int32_t *order,
    int64_t live) {
  int64_t width = net->widths[0], step = assay_stride(net, 0);
  for (int64_t i = 0; i < live; i++) {
    int64_t row = order[i];
    const float *from = rows.features + row * width;
    float *to = space->features + i * step;
    if (width >= 16) {
      for (int64_t j = 0; j + 16 < width; j += 16) STORE(to + j, LOAD(from + j));
      STORE(to + width - 16, LOAD(from + width - 16));
    } else {
      for (int64_t j = 0; j < width; j++) to[j] = from[j];
    }
    to[width] = 1;
    if (net->loss == 1) space->targets[i] = rows.targets[row];
    else space->labels[i] = rows.labels[row];
  }
}

// Asks for the rows of a batch to come; they lie where the processor would not look for them.
static void NAME(prefetch)(
    const assay_network *net, assay_rows rows, const int32_t *order, int64_t live) {
  int64_t width = net->widths[0];
  for (int64_t i = 0; i < live; i++) {
    int64_t row = order[i];
    const float *from = rows.features + row * width;
    for (int64_t j = 0; j < width; j += 16) __builtin_prefetch(from + j);
    __builtin_prefetch(from + width - 1);
    if (net->loss == 1) __builtin_prefetch(rows.targets + row);
    else __builtin_prefetch(rows.labels + row);
  }
}

// A block of 16 × 16 of the weights, of which `rows` rows exist, turned; the rest becomes 0.
INLINE void NAME(turn16)(
    const float *from, int64_t from_row, int64_t rows, float *to, int64_t to_row,
    int64_t columns) {
  float16 x[16], y[16];
  UNROLL for (int i = 0; i < 16; i++) x[i] = i < rows ? LOAD(from + i * from_row) : SPLAT(0);
  // Pairs of lanes, then pairs of pairs, within each quarter of a vector.
  UNROLL for (int i = 0; i < 16; i += 2) {
    y[i] = __builtin_shufflevector(
        x[i], x[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    y[i + 1] = __builtin_shufflevector(
        x[i], x[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  UNROLL for (int i = 0; i < 16; i += 4)
    UNROLL for (int h = 0; h < 2; h++) {
      x[i + 2 * h] = __builtin_shufflevector(
          y[i + h], y[i + 2 + h], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      x[i + 2 * h + 1] = __builtin_shufflevector(
          y[i + h], y[i + 2 + h], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
  // Now x[4·g + c] holds column c + 4·q of the rows 4·g ..< 4·g + 4 in its quarter q.
  UNROLL for (int c = 0; c < 4; c++) {
    float16 a = __builtin_shufflevector(
        x[c], x[4 + c], 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    float16 b = __builtin_shufflevector(
        x[c], x[4 + c], 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    float16 d = __builtin_shufflevector(
        x[8 + c], x[12 + c], 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    float16 e = __builtin_shufflevector(
        x[8 + c], x[12 + c], 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    float16 column[4] = {
        __builtin_shufflevector(a, d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
        __builtin_shufflevector(a, d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
        __builtin_shufflevector(b, e, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
        __builtin_shufflevector(b, e, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)};
    UNROLL for (int q = 0; q < 4; q++)
      if (4 * q + c < columns) STORE(to + (4 * q + c) * to_row, column[q]);
  }
}

// The derivative by the layer below: `delta · weightsᵀ`, 0 where the activation is 0.
static void NAME(delta_below)(
    int64_t in, int64_t out, int64_t rows, const float *layer, const float *delta,
    int64_t delta_row, const float *active, int64_t active_row, float *transposed,
    float *below) {
  int64_t in_width = assay_padded(in), width = assay_padded(out);
  for (int64_t o = 0; o < out; o += 16)
    for (int64_t i = 0; i < in; i += 16) {
      const float *from = layer + i * width + o;
      float *to = transposed + o * in_width + i;
      if (in - i >= 16) NAME(turn16)(from, width, 16, to, in_width, out - o);
      else NAME(turn16)(from, width, in - i, to, in_width, out - o);
    }
  NAME(multiply)(&(assay_product){
      .m = rows, .n = in_width, .k = out, .a = delta, .a_row = delta_row, .a_col = 1,
      .b = transposed, .b_row = in_width, .c = below, .c_row = active_row, .partial = below,
      .finish = MASK, .active = active});
}

static void NAME(step)(
    const assay_network *net, float *parameters, const assay_workspace *space, int64_t rows,
    const assay_descent *descent) {
  float *delta = NAME(forward)(
      net, parameters, space->features, assay_stride(net, 0), rows, space->batch,
      space->activations);
  NAME(output_derivative)(net, space, delta, rows, 1.0f / (float)rows);
  const float *anchor = descent->proximal != 0 ? descent->anchor : NULL;
  const float *correction = descent->correction;
  int64_t at = space->parameters, delta_row = assay_stride(net, net->layers);
  const float *activation = delta;
  for (int32_t l = net->layers - 1; l >= 0; l--) {
    int64_t in = net->widths[l], out = net->widths[l + 1], width = assay_padded(out);
    int64_t input_row = assay_stride(net, l);
    at -= (in + 1) * width;
    const float *input = space->features;
    float *below = NULL;
    if (l > 0) {
      input = activation -= space->batch * input_row;
      below = space->deltas + (input - space->activations);
      // Before the weights change.
      NAME(delta_below)(
          in, out, rows, parameters + at, delta, delta_row, input, input_row, space->transposed,
          below);
    }
    NAME(multiply)(&(assay_product){
        .m = in + 1, .n = width, .k = rows, .a = input, .a_row = 1, .a_col = input_row,
        .b = delta, .b_row = delta_row, .c = parameters + at, .c_row = width,
        .partial = space->gradient, .finish = DESCEND, .rate = descent->learning_rate,
        .proximal = descent->proximal, .anchor = anchor ? anchor + at : NULL,
        .correction = correction ? correction + at : NULL});
    delta = below;
    delta_row = input_row;
  }
}

static void NAME(sgd_pass)(
    const assay_network *net, float *parameters, float *memory, assay_rows rows,
    const int32_t *order, int64_t count, const assay_descent *descent, int64_t *steps) {
  int64_t batch = descent->batch;
  assay_workspace space = assay_layout(net, memory, batch);
  *steps = 0;
  NAME(prefetch)(net, rows, order, count < batch ? count : batch);
  for (int64_t start = 0; start < count && *steps < descent->most_steps; start += batch) {
    int64_t left = count - start, live = left < batch ? left : batch;
    NAME(gather)(net, &space, rows, order + start, live);
    NAME(prefetch)(net, rows, order + start + live, left - live < batch ? left - live : batch);
    NAME(step)(net, parameters, &space, live, descent);
    ++*steps;
  }
}

// Differentially private steps ----------------------------------------------------------------

INLINE double NAME(square_sum)(const float *values, int64_t count) {
  double lane[8] = {0};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    UNROLL for (int j = 0; j < 8; j++) lane[j] += (double)values[i + j] * (double)values[i + j];
  for (int j = 0; i < count; i++, j++) lane[j] += (double)values[i] * (double)values[i];
  double even = (lane[0] + lane[4]) + (lane[2] + lane[6]);
  double odd = (lane[1] + lane[5]) + (lane[3] + lane[7]);
  return even + odd;
}

// Adds the clipped gradients of at most PRIVATE_ROWS rows to `space->gradient`; returns how many were
// clipped.
//
// Why the bound holds. Squares of floats are exact in double and neither they nor their sums and
// products over- or underflow, so the computed norm is (1 + e)·norm with |e| ≤ 2^-25 up to 2^26
// terms. Stored is d' = float(f·d) with f = clip / norm · (1 − 2^-22): one rounding to double and one
// to float, at most 2^-23 relative, or 0 below the normal floats. The norm of the scaled gradient,
// √Σ‖d'‖²(‖a‖² + 1), is at most clip·(1 − 2^-22)(1 + 2^-23)(1 + 2^-24) < clip. A row is left alone
// only when its computed norm times 1 + 2^-22 is at most clip.
static int64_t NAME(add_clipped)(
    const assay_network *net, const float *parameters, const assay_workspace *space, int64_t rows,
    float clip, bool resume) {
  float *outputs = NAME(forward)(
      net, parameters, space->features, assay_stride(net, 0), rows, space->batch,
      space->activations);
  NAME(output_derivative)(net, space, outputs, rows, 1.0f);
  const int64_t batch = space->batch, total = space->parameters;
  double *norms = space->norms;
  for (int64_t r = 0; r < rows; r++) norms[r] = 0;
  int64_t at = total, delta_row = assay_stride(net, net->layers);
  float *delta = outputs, *input = outputs;
  for (int32_t l = net->layers - 1; l >= 0; l--) {
    int64_t in = net->widths[l], out = net->widths[l + 1], width = assay_padded(out);
    int64_t input_row = assay_stride(net, l);
    at -= (in + 1) * width;
    input = l > 0 ? input - batch * input_row : space->features;
    for (int64_t r = 0; r < rows; r++)
      norms[r] += NAME(square_sum)(delta + r * delta_row, out)
          * (NAME(square_sum)(input + r * input_row, in) + 1);
    if (l == 0) break;
    float *below = space->deltas + (input - space->activations);
    NAME(delta_below)(
        in, out, rows, parameters + at, delta, delta_row, input, input_row, space->transposed,
        below);
    delta = below;
    delta_row = input_row;
  }
  int64_t clipped = 0;
  for (int64_t r = 0; r < rows; r++) {
    double norm = __builtin_sqrt(norms[r]);
    clipped += !(norm <= (double)clip);
    // Times a float of at least 2^-149 this stays far above the least double.
    norms[r] = !(norm < __builtin_inf()) ? 0
        : norm * (1 + 0x1p-22) <= (double)clip ? 1 : (double)clip / norm * (1 - 0x1p-22);
  }
  at = total;
  delta_row = assay_stride(net, net->layers);
  delta = input = outputs;
  for (int32_t l = net->layers - 1; l >= 0; l--) {
    int64_t in = net->widths[l], out = net->widths[l + 1], width = assay_padded(out);
    int64_t input_row = assay_stride(net, l);
    at -= (in + 1) * width;
    input = l > 0 ? input - batch * input_row : space->features;
    for (int64_t r = 0; r < rows; r++) {
      double factor = norms[r];
      float *row = delta + r * delta_row;
      if (factor == 1) continue;
      if (factor == 0) {
        // Not finite: 0 · ∞ would be NaN, so the activations go as well.
        __builtin_memset(row, 0, (size_t)width * 4);
        __builtin_memset(input + r * input_row, 0, (size_t)input_row * 4);
      }
      for (int64_t j = 0; j < width; j++) {
        float scaled = (float)(factor * (double)row[j]);
        row[j] = __builtin_fabsf(scaled) < 0x1p-126f ? 0 : scaled;
      }
    }
    float *gradient = space->gradient + at;
    NAME(multiply)(&(assay_product){
        .m = in + 1, .n = width, .k = rows, .a = input, .a_row = 1, .a_col = input_row,
        .b = delta, .b_row = delta_row, .start = resume ? gradient : NULL, .start_row = width,
        .c = gradient, .c_row = width, .partial = gradient, .finish = KEEP});
    delta = space->deltas + (input - space->activations);
    delta_row = input_row;
  }
  return clipped;
}

static void NAME(private_step)(
    const assay_network *net, float *parameters, float *memory, assay_rows rows,
    const int32_t *order, int64_t count, float clip, const float *noise, float expected,
    float learning_rate, int64_t *clipped) {
  int64_t batch = count < PRIVATE_ROWS ? count : PRIVATE_ROWS, total;
  assay_workspace space = assay_layout(net, memory, batch);
  total = space.parameters;
  *clipped = 0;
  if (count == 0) __builtin_memset(space.gradient, 0, (size_t)total * 4);
  for (int64_t start = 0; start < count; start += batch) {
    int64_t live = count - start < batch ? count - start : batch;
    NAME(gather)(net, &space, rows, order + start, live);
    *clipped += NAME(add_clipped)(net, parameters, &space, live, clip, start > 0);
  }
  for (int64_t i = 0; i < total; i += 16) {
    float16 g = LOAD(space.gradient + i);
    if (noise) g = g + LOAD(noise + i);
    g = g / SPLAT(expected);
    STORE(parameters + i, FMA(SPLAT(-learning_rate), g, LOAD(parameters + i)));
  }
}

static void NAME(logits)(
    const assay_network *net, const float *parameters, float *memory, const float *features,
    int32_t rows, float *logits) {
  assay_workspace space = assay_layout(net, memory, rows);
  const float *z = NAME(forward)(
      net, parameters, features, net->widths[0], rows, rows, space.activations);
  int64_t outputs = net->widths[net->layers], width = assay_padded(outputs);
  for (int64_t r = 0; r < rows; r++)
    __builtin_memcpy(logits + r * outputs, z + r * width, (size_t)outputs * 4);
}

static void NAME(evaluate)(
    const assay_network *net, const float *parameters, float *memory, assay_rows given,
    int32_t rows, double *loss, int64_t *correct) {
  assay_workspace space = assay_layout(net, memory, rows);
  float *z = NAME(forward)(
      net, parameters, given.features, net->widths[0], rows, rows, space.activations);
  int64_t outputs = net->widths[net->layers], width = assay_padded(outputs);
  double total = 0;
  int64_t right = 0;
  if (net->loss == 1) {
    for (int64_t r = 0; r < rows; r++) {
      double error = (double)z[r * width] - (double)given.targets[r];
      total += 0.5 * error * error;
    }
    *loss = total;
    *correct = 0;
    return;
  }
  for (int64_t start = 0; start < rows; start += 16) {
    int64_t live = rows - start < 16 ? rows - start : 16;
    const int32_t *labels = given.labels + start;
    float sums[16], linear[16] = {0}, *block = z + start * width;
    for (int i = 0; i < 16; i++) sums[i] = 1;
    if (outputs == 1) {
      // log(1 + exp(−|z|)) + max(z, 0) − z·y
      for (int64_t i = 0; i < live; i++) {
        float logit = block[i * 16];
        sums[i] = -__builtin_fabsf(logit);
        linear[i] = (logit > 0 ? logit : 0) - (labels[i] ? logit : 0);
        right += (logit >= 0) == (labels[i] == 1);
      }
      STORE(sums, SPLAT(1.0f) + NAME(exp16)(LOAD(sums)));
    } else {
      for (int64_t i = 0; i < live; i += 4) {
        int64_t part = live - i < 4 ? live - i : 4;
        float4 max = NAME(row_max)(block + i * width, width, outputs, part);
        for (int64_t r = i; r < i + part; r++) {
          const float *row = block + r * width;
          int64_t predicted = 0;
          while (predicted < outputs - 1 && row[predicted] != max[r - i]) predicted++;
          right += predicted == labels[r];
          linear[r] = max[r - i] - row[labels[r]];
        }
        float4 sum = NAME(row_exp)(block + i * width, width, outputs, part, max);
        for (int64_t r = 0; r < part; r++) sums[i + r] = sum[r];
      }
    }
    STORE(sums, NAME(log16)(LOAD(sums)));
    for (int64_t i = 0; i < live; i++) total += (double)sums[i] + (double)linear[i];
  }
  *loss = total;
  *correct = right;
}

// Random numbers ------------------------------------------------------------------------------

// Blocks of Philox4x32-10 from block `number` on, eight side by side, two words of each; `count` words,
// a multiple of 16. Each lane holds 32 bits of its block's state.
static void NAME(philox)(
    const uint32_t key[2], assay_stream stream, uint32_t number, uint64_t *out, int64_t count) {
  const long8 none = {0}, low = none + 0xffffffffll, lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  for (int64_t i = 0; i < count; i += 16, number += 8) {
    long8 a = (lanes + number) & low, b = none + stream.a, c = none + stream.b;
    long8 d = none + stream.c;
    uint32_t k0 = key[0], k1 = key[1];
    UNROLL for (int round = 0; round < 10; round++) {
      long8 left = a * (none + 0xD2511F53ll), right = c * (none + 0xCD9E8D57ll);
      a = ((right >> 32) & low) ^ b ^ (none + k0);
      c = ((left >> 32) & low) ^ d ^ (none + k1);
      b = right & low;
      d = left & low;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    long8 even = b << 32 | a, odd = d << 32 | c;
    long8 x = __builtin_shufflevector(even, odd, 0, 8, 1, 9, 2, 10, 3, 11);
    long8 y = __builtin_shufflevector(even, odd, 4, 12, 5, 13, 6, 14, 7, 15);
    __builtin_memcpy(out + i, &x, 64);
    __builtin_memcpy(out + i + 8, &y, 64);
  }
}

// log(u) for 0 < u ≤ 1: u = 2^e·m with m in [√½, √2), 2·atanh(s) with s = (m−1)/(m+1) by its
// series to s^23. Below 2 ulp, away from C libraries and their versions.
INLINE double8 NAME(natural_log)(double8 u) {
  long8 e = ((long8)u - 0x3FE6A09E667F3BCDll) >> 52;
  double8 m = (double8)((long8)u - (e << 52));
  double8 f = m - 1, s = f / (m + 1), z = s * s, series = SPLAT_DOUBLE(1.0 / 23);
  UNROLL for (int n = 21; n >= 3; n -= 2) series = series * z + 1.0 / n;
  series *= z;
  // e as a double, by way of the low bits of 1.5·2^52.
  double8 k = (double8)(e + 0x4338000000000000ll) - 0x1.8p52;
  double8 tail = s * (f - 2 * series);
  return k * 0x1.62e42fee00000p-1 + (f - (tail - k * 0x1.a39ef35793c76p-33));
}

// 64-bit integers as doubles in 0...1, rounded once; each half lies in the low bits of 2^52.
INLINE double8 NAME(unit)(long8 word) {
  const long8 low = word & 0xffffffffll, high = (word >> 32) & 0xffffffffll;
  double8 a = (double8)(high | 0x4330000000000000ll) - 0x1p52;
  double8 b = (double8)(low | 0x4330000000000000ll) - 0x1p52;
  return (a * 4294967296.0 + b) * 0x1p-64;
}

// Pairs of normals from pairs of words, radius and angle; `count` words, a multiple of 16.
static void NAME(box_muller)(const uint64_t *words, double *out, int64_t count) {
  for (int64_t i = 0; i < count; i += 16) {
    long8 a, b;
    __builtin_memcpy(&a, words + i, 64);
    __builtin_memcpy(&b, words + i + 8, 64);
    long8 radius = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
    long8 angle = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
    // Half a step keeps log away from 0: the radius reaches sqrt(−2·log 2^−65) = 9.49.
    double8 u = NAME(unit)(radius) + 0x1p-65;
    u = SELECT_DOUBLE(u > 1, SPLAT_DOUBLE(1), u);
    double8 r = __builtin_elementwise_sqrt(-2 * NAME(natural_log)(u));
    // Two bits choose the quadrant; the rest is an angle x in −π/4...π/4 around its middle.
    double8 x = (NAME(unit)(angle << 2) - 0.5) * 0x1.921fb54442d18p+0, z = x * x;
    double8 sine = SPLAT_DOUBLE(1), cosine = sine;
    UNROLL for (int n = 18; n >= 2; n -= 2) {
      sine = 1 - z / (double)(n * (n + 1)) * sine;
      cosine = 1 - z / (double)(n * (n - 1)) * cosine;
    }
    sine *= x;
    double8 c = r * cosine, s = r * sine;
    // Quadrants 1 and 3 exchange the two; 1 and 2 turn the first around, 2 and 3 the second.
    const long8 sign = (long8)SPLAT_DOUBLE(-0.0);
    long8 odd = -((angle >> 62) & 1), upper = -((angle >> 63) & 1);
    double8 first = SELECT_DOUBLE(odd, s, c), second = SELECT_DOUBLE(odd, c, s);
    first = (double8)((long8)first ^ ((odd ^ upper) & sign));
    second = (double8)((long8)second ^ (upper & sign));
    a = (long8)__builtin_shufflevector(first, second, 0, 8, 1, 9, 2, 10, 3, 11);
    b = (long8)__builtin_shufflevector(first, second, 4, 12, 5, 13, 6, 14, 7, 15);
    __builtin_memcpy(out + i, &a, 64);
    __builtin_memcpy(out + i + 8, &b, 64);
  }
}

// Aggregation ---------------------------------------------------------------------------------

static void NAME(all_finite)(const float *values, int64_t count, bool *result) {
  uint32_t bad = 0;
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    __builtin_memcpy(&bits, values + i, 4);
    bad |= (bits & 0x7f800000u) == 0x7f800000u;
  }
  *result = !bad;
}

static void NAME(add_scaled)(
    double *restrict sum, const float *restrict values, double weight, int64_t count) {
  for (int64_t i = 0; i < count; i++) sum[i] += weight * (double)values[i];
}

static void NAME(add_update)(
    double *restrict sum, const float *values, const float *origin, double scale,
    int64_t count) {
  for (int64_t i = 0; i < count; i++)
    sum[i] += scale * ((double)values[i] - (double)origin[i]);
}

static void NAME(update_norm)(
    const float *values, const float *origin, int64_t count, double *result) {
  double lane[8] = {0};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    UNROLL for (int j = 0; j < 8; j++) {
      double d = (double)values[i + j] - (double)origin[i + j];
      lane[j] += d * d;
    }
  for (int j = 0; i < count; i++, j++) {
    double d = (double)values[i] - (double)origin[i];
    lane[j] += d * d;
  }
  double even = (lane[0] + lane[4]) + (lane[2] + lane[6]);
  double odd = (lane[1] + lane[5]) + (lane[3] + lane[7]);
  *result = __builtin_sqrt(even + odd);
}

#undef ADD
#undef INLINE
#undef NAME
#undef REDUCE
#undef TILE_ROWS
#undef TILE_VECTORS
#undef UNPACK_HIGH
#undef UNPACK_LOW
