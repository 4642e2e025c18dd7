// The kernels, included once for every instruction set with NAME(x), TILE_ROWS, TILE_VECTORS and an
// active target attribute. A tile's shape never shows in the result: each element has its own sum.

#define INLINE static inline __attribute__((always_inline))

// Matrix product ------------------------------------------------------------------------------

// `c[rows × 16·vectors] = start + a · b` over `depth`; `start` is the bias, what c holds, or zero.
INLINE void NAME(tile)(
    const int rows, const int vectors, int64_t depth, const float *a, int64_t a_row, int64_t a_col,
    const float *b, int64_t b_row, float *c, int64_t c_row, const float *bias, bool resume) {
  float16 sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < vectors; v++)
      sum[i][v] = resume ? LOAD(c + i * c_row + 16 * v) : bias ? LOAD(bias + 16 * v) : SPLAT(0);
  for (int64_t p = 0; p < depth; p++) {
    float16 right[TILE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) right[v] = LOAD(b + p * b_row + 16 * v);
    UNROLL for (int i = 0; i < rows; i++) {
      float16 left = SPLAT(a[i * a_row + p * a_col]);
      UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = FMA(left, right[v], sum[i][v]);
    }
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < vectors; v++) STORE(c + i * c_row + 16 * v, sum[i][v]);
}

static void NAME(tiles)(
    int rows, int vectors, int64_t depth, const float *a, int64_t a_row, int64_t a_col,
    const float *b, int64_t b_row, float *c, int64_t c_row, const float *bias, bool resume) {
#define TILE(R, V) \
  case R: NAME(tile)(R, V, depth, a, a_row, a_col, b, b_row, c, c_row, bias, resume); break;
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

// `c[m × n] = bias + a · b`, n a multiple of 16. A long inner index is cut so that b stays in the
// cache; the partial sums are stored and loaded again exactly.
static void NAME(multiply)(
    int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_col, const float *b,
    int64_t b_row, float *c, int64_t c_row, const float *bias) {
  const int64_t cut = 256;
  int64_t blocks = (m + TILE_ROWS - 1) / TILE_ROWS, height = blocks ? (m + blocks - 1) / blocks : 1;
  for (int64_t start = 0; start == 0 || start < k; start += cut) {
    int64_t depth = k - start < cut ? k - start : cut;
    for (int64_t j = 0; j < n;) {
      int vectors = n - j >= 16 * TILE_VECTORS ? TILE_VECTORS : 1;
      for (int64_t i = 0; i < m; i += height) {
        int rows = (int)(m - i < height ? m - i : height);
        NAME(tiles)(
            rows, vectors, depth, a + i * a_row + start * a_col, a_row, a_col,
            b + start * b_row + j, b_row, c + i * c_row + j, c_row, bias ? bias + j : 0,
            start > 0);
      }
      j += 16 * vectors;
    }
  }
}

// Elementary functions ------------------------------------------------------------------------

// exp: x = n·ln 2 + r, Taylor to r^7, 2^n in two factors so that subnormal results are right.
// NaN stays NaN. At most 0.9 ulp off on [−87, 88].
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

// log of positive normal numbers: x = 2^e·m with m in [√½, √2), Cephes' polynomial in m − 1.
INLINE float16 NAME(log16)(float16 x) {
  int16v bits = (int16v)x, e = (bits - 0x3f3504f3) >> 23;
  float16 f = (float16)(bits - (e << 23)) - SPLAT(1.0f);
  float16 exponent = __builtin_convertvector(e, float16);
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
  return FMA(exponent, SPLAT(0.693359375f), f + y);
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

#define HALVE(v, OP) \
  float8 _8 = OP(LOW(v), HIGH(v)); \
  float4 _4 = OP(LOW8(_8), HIGH8(_8)); \
  float _a = OP(_4[0], _4[2]), _b = OP(_4[1], _4[3]);

INLINE float NAME(sum_lanes)(float16 v) {
#define ADD(a, b) ((a) + (b))
  HALVE(v, ADD)
  return _a + _b;
#undef ADD
}

// NaN may be lost here; it comes back through the exponentials.
INLINE float NAME(max_lanes)(float16 v) {
  float lanes[16];
  STORE(lanes, v);
  float8 a, b;
  __builtin_memcpy(&a, lanes, 32);
  __builtin_memcpy(&b, lanes + 8, 32);
  int8v wide = a > b;
  a = (float8)((wide & (int8v)a) | (~wide & (int8v)b));
  float4 c = LOW8(a), d = HIGH8(a);
  int4v narrow = c > d;
  c = (float4)((narrow & (int4v)c) | (~narrow & (int4v)d));
  float x = c[0] > c[2] ? c[0] : c[2], y = c[1] > c[3] ? c[1] : c[3];
  return x > y ? x : y;
}

// Output layer --------------------------------------------------------------------------------

// The largest live logit of a row; padding does not count.
INLINE float NAME(row_max)(const float *row, int64_t outputs) {
  float16 best = SPLAT(-__builtin_inff());
  for (int64_t j = 0; j < outputs; j += 16) {
    float16 live = SELECT(LANES < SPLAT_INT((int32_t)(outputs - j)), LOAD(row + j), best);
    best = SELECT(live > best, live, best);
  }
  return NAME(max_lanes)(best);
}

// Replaces a row of logits by exp(logit − max), padding by 0, and returns the sum.
INLINE float NAME(row_exp)(float *row, int64_t outputs, float max) {
  float16 sum = SPLAT(0);
  for (int64_t j = 0; j < outputs; j += 16) {
    float16 e = NAME(exp16)(LOAD(row + j) - SPLAT(max));
    e = SELECT(LANES < SPLAT_INT((int32_t)(outputs - j)), e, SPLAT(0));
    STORE(row + j, e);
    sum = sum + e;
  }
  return NAME(sum_lanes)(sum);
}

// Logits become the derivative of the batch's mean cross-entropy: (p − target)·scale.
static void NAME(softmax_derivative)(
    float *z, const int32_t *labels, int64_t rows, int64_t outputs, float scale) {
  int64_t width = assay_padded(outputs);
  for (int64_t r = 0; r < rows; r++) {
    float *row = z + r * width;
    float sum = NAME(row_exp)(row, outputs, NAME(row_max)(row, outputs));
    for (int64_t j = 0; j < outputs; j += 16) {
      float16 target =
          SELECT(LANES == SPLAT_INT((int32_t)(labels[r] - j)), SPLAT(1.0f), SPLAT(0));
      STORE(row + j, (LOAD(row + j) / SPLAT(sum) - target) * SPLAT(scale));
    }
  }
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

// Networks ------------------------------------------------------------------------------------

static void NAME(rectify)(float *values, int64_t count) {
  for (int64_t i = 0; i < count; i += 16) {
    float16 v = LOAD(values + i);
    STORE(values + i, SELECT(v <= SPLAT(0), SPLAT(0), v));
  }
}

// Activations of every layer, one after the other from `activations`; the last are the logits.
static float *NAME(forward)(
    const assay_network *net, const float *parameters, const float *features, int64_t rows,
    int64_t batch, float *activations) {
  const float *input = features;
  int64_t input_row = net->widths[0];
  float *output = activations;
  for (int32_t l = 0; l < net->layers; l++) {
    int64_t in = net->widths[l], width = assay_padded(net->widths[l + 1]);
    NAME(multiply)(
        rows, width, in, input, input_row, 1, parameters, width, output, width,
        parameters + in * width);
    if (l + 1 == net->layers) return output;
    NAME(rectify)(output, rows * width);
    parameters += (in + 1) * width;
    input = output;
    input_row = width;
    output += batch * width;
  }
  return output;
}

static void NAME(step)(
    const assay_network *net, float *parameters, const assay_workspace *space,
    const int32_t *labels, int64_t rows, float learning_rate) {
  float *delta = NAME(forward)(
      net, parameters, space->features, rows, space->batch, space->activations);
  int64_t outputs = net->widths[net->layers];
  if (outputs == 1) NAME(sigmoid_derivative)(delta, labels, rows, 1.0f / (float)rows);
  else NAME(softmax_derivative)(delta, labels, rows, outputs, 1.0f / (float)rows);

  float *layer = parameters + assay_parameter_floats(net);
  const float *activation = delta;
  for (int32_t l = net->layers - 1; l >= 0; l--) {
    int64_t in = net->widths[l], in_width = assay_padded(in);
    int64_t out = net->widths[l + 1], width = assay_padded(out);
    layer -= (in + 1) * width;
    const float *input = space->features;
    int64_t input_row = in;
    if (l > 0) {
      activation -= space->batch * in_width;
      input = activation;
      input_row = in_width;
    }
    // Gradient of the weights, of the bias, then of the layer below, before the weights change.
    NAME(multiply)(
        in, width, rows, input, 1, input_row, delta, width, space->gradient, width, 0);
    for (int64_t j = 0; j < width; j += 16) {
      float16 sum = SPLAT(0);
      for (int64_t r = 0; r < rows; r++) sum = sum + LOAD(delta + r * width + j);
      STORE(space->gradient + in * width + j, sum);
    }
    float *below = l % 2 ? space->delta_odd : space->delta_even;
    if (l > 0) {
      for (int64_t o = 0; o < out; o++) {
        for (int64_t i = 0; i < in_width; i++)
          space->transposed[o * in_width + i] = i < in ? layer[i * width + o] : 0;
      }
      NAME(multiply)(
          rows, in_width, out, delta, width, 1, space->transposed, in_width, below, in_width, 0);
      for (int64_t i = 0; i < rows * in_width; i += 16)
        STORE(below + i, SELECT(LOAD(input + i) > SPLAT(0), LOAD(below + i), SPLAT(0)));
    }
    for (int64_t i = 0; i < (in + 1) * width; i += 16)
      STORE(layer + i, FMA(SPLAT(-learning_rate), LOAD(space->gradient + i), LOAD(layer + i)));
    delta = below;
  }
}

static void NAME(sgd_pass)(
    const assay_network *net, float *parameters, float *memory, const float *features,
    const int32_t *labels, const int32_t *order, int64_t rows, int32_t batch,
    float learning_rate) {
  assay_workspace space = assay_layout(net, memory, batch);
  int64_t width = net->widths[0];
  for (int64_t start = 0; start < rows; start += batch) {
    int64_t live = rows - start < batch ? rows - start : batch;
    for (int64_t i = 0; i < live; i++) {
      int64_t row = order[start + i];
      __builtin_memcpy(space.features + i * width, features + row * width, (size_t)width * 4);
      space.labels[i] = labels[row];
    }
    NAME(step)(net, parameters, &space, space.labels, live, learning_rate);
  }
}

static void NAME(logits)(
    const assay_network *net, const float *parameters, float *memory, const float *features,
    int32_t rows, float *logits) {
  assay_workspace space = assay_layout(net, memory, rows);
  const float *z = NAME(forward)(net, parameters, features, rows, rows, space.activations);
  int64_t outputs = net->widths[net->layers], width = assay_padded(outputs);
  for (int64_t r = 0; r < rows; r++)
    __builtin_memcpy(logits + r * outputs, z + r * width, (size_t)outputs * 4);
}

static void NAME(evaluate)(
    const assay_network *net, const float *parameters, float *memory, const float *features,
    const int32_t *labels, int32_t rows, double *loss, int64_t *correct) {
  assay_workspace space = assay_layout(net, memory, rows);
  float *z = NAME(forward)(net, parameters, features, rows, rows, space.activations);
  int64_t outputs = net->widths[net->layers], width = assay_padded(outputs);
  double total = 0;
  int64_t right = 0;
  for (int64_t start = 0; start < rows; start += 16) {
    int64_t live = rows - start < 16 ? rows - start : 16;
    float sums[16], linear[16] = {0};
    for (int i = 0; i < 16; i++) sums[i] = 1;
    for (int64_t i = 0; i < live; i++) {
      float *row = z + (start + i) * width;
      int32_t label = labels[start + i];
      if (outputs == 1) {
        // log(1 + exp(−|z|)) + max(z, 0) − z·y
        sums[i] = -__builtin_fabsf(row[0]);
        linear[i] = (row[0] > 0 ? row[0] : 0) - (label ? row[0] : 0);
        right += (row[0] >= 0) == (label == 1);
      } else {
        float max = NAME(row_max)(row, outputs);
        int64_t predicted = 0;
        while (predicted < outputs - 1 && row[predicted] != max) predicted++;
        right += predicted == label;
        linear[i] = max - row[label];
        sums[i] = NAME(row_exp)(row, outputs, max);
      }
    }
    if (outputs == 1) STORE(sums, SPLAT(1.0f) + NAME(exp16)(LOAD(sums)));
    STORE(sums, NAME(log16)(LOAD(sums)));
    for (int64_t i = 0; i < live; i++) total += (double)sums[i] + (double)linear[i];
  }
  *loss = total;
  *correct = right;
}

#undef HALVE
#undef INLINE
#undef NAME
#undef TILE_ROWS
#undef TILE_VECTORS
