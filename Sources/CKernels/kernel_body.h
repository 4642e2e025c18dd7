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

// `c[m × n] = bias + a · b`, or `c + a · b` to resume; n is a multiple of 16. A long inner index is cut so that b stays in the
// cache; the partial sums are stored and loaded again exactly.
static void NAME(multiply)(
    int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_col, const float *b,
    int64_t b_row, float *c, int64_t c_row, const float *bias, bool resume) {
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
            resume || start > 0);
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
        parameters + in * width, false);
    if (l + 1 == net->layers) return output;
    NAME(rectify)(output, rows * width);
    parameters += (in + 1) * width;
    input = output;
    input_row = width;
    output += batch * width;
  }
  return output;
}

// Copies the rows of a batch side by side.
static void NAME(gather)(
    const assay_network *net, const assay_workspace *space, assay_rows rows, const int32_t *order,
    int64_t live) {
  int64_t width = net->widths[0];
  for (int64_t i = 0; i < live; i++) {
    int64_t row = order[i];
    __builtin_memcpy(
        space->features + i * width, rows.features + row * width, (size_t)width * 4);
    if (net->loss == 1) space->targets[i] = rows.targets[row];
    else space->labels[i] = rows.labels[row];
  }
}

// `gradient = aᵀ · delta` with the bias below, on top of what it holds when `resume`.
static void NAME(layer_gradient)(
    int64_t in, int64_t width, int64_t rows, const float *input, int64_t input_row,
    const float *delta, float *gradient, bool resume) {
  NAME(multiply)(in, width, rows, input, 1, input_row, delta, width, gradient, width, 0, resume);
  for (int64_t j = 0; j < width; j += 16) {
    float16 sum = resume ? LOAD(gradient + in * width + j) : SPLAT(0);
    for (int64_t r = 0; r < rows; r++) sum = sum + LOAD(delta + r * width + j);
    STORE(gradient + in * width + j, sum);
  }
}

// The derivative by the layer below: `delta · weightsᵀ`, 0 where the activation is 0.
static void NAME(delta_below)(
    int64_t in, int64_t out, int64_t rows, const float *layer, const float *delta,
    const float *activation, float *transposed, float *below) {
  int64_t in_width = assay_padded(in), width = assay_padded(out);
  for (int64_t o = 0; o < out; o++)
    for (int64_t i = 0; i < in_width; i++)
      transposed[o * in_width + i] = i < in ? layer[i * width + o] : 0;
  NAME(multiply)(
      rows, in_width, out, delta, width, 1, transposed, in_width, below, in_width, 0, false);
  for (int64_t i = 0; i < rows * in_width; i += 16)
    STORE(below + i, SELECT(LOAD(activation + i) > SPLAT(0), LOAD(below + i), SPLAT(0)));
}

static void NAME(descend)(
    float *w, const float *gradient, int64_t from, int64_t count, const assay_descent *descent) {
  const float *correction = descent->correction;
  const float *anchor = descent->proximal != 0 ? descent->anchor : NULL;
  float16 rate = SPLAT(-descent->learning_rate), proximal = SPLAT(descent->proximal);
  for (int64_t i = 0; i < count; i += 16) {
    float16 g = LOAD(gradient + i), old = LOAD(w + i);
    if (correction) g = g + LOAD(correction + from + i);
    if (anchor) g = FMA(proximal, old - LOAD(anchor + from + i), g);
    STORE(w + i, FMA(rate, g, old));
  }
}

static void NAME(step)(
    const assay_network *net, float *parameters, const assay_workspace *space, int64_t rows,
    const assay_descent *descent) {
  float *delta = NAME(forward)(
      net, parameters, space->features, rows, space->batch, space->activations);
  NAME(output_derivative)(net, space, delta, rows, 1.0f / (float)rows);
  int64_t at = assay_parameter_floats(net);
  const float *activation = delta;
  for (int32_t l = net->layers - 1; l >= 0; l--) {
    int64_t in = net->widths[l], out = net->widths[l + 1], width = assay_padded(out);
    at -= (in + 1) * width;
    const float *input = space->features;
    int64_t input_row = in;
    if (l > 0) {
      input_row = assay_padded(in);
      input = activation -= space->batch * input_row;
    }
    // Gradient of the weights and of the layer below, before the weights change.
    NAME(layer_gradient)(in, width, rows, input, input_row, delta, space->gradient, false);
    float *below = space->deltas + (input - space->activations);
    if (l > 0)
      NAME(delta_below)(
          in, out, rows, parameters + at, delta, input, space->transposed, below);
    NAME(descend)(parameters + at, space->gradient, at, (in + 1) * width, descent);
    delta = below;
  }
}

static void NAME(sgd_pass)(
    const assay_network *net, float *parameters, float *memory, assay_rows rows,
    const int32_t *order, int64_t count, const assay_descent *descent, int64_t *steps) {
  int64_t batch = descent->batch;
  assay_workspace space = assay_layout(net, memory, batch);
  *steps = 0;
  for (int64_t start = 0; start < count && *steps < descent->most_steps; start += batch) {
    int64_t live = count - start < batch ? count - start : batch;
    NAME(gather)(net, &space, rows, order + start, live);
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
      net, parameters, space->features, rows, space->batch, space->activations);
  NAME(output_derivative)(net, space, outputs, rows, 1.0f);
  const int64_t batch = space->batch, total = assay_parameter_floats(net);
  double *norms = space->norms;
  for (int64_t r = 0; r < rows; r++) norms[r] = 0;
  int64_t at = total;
  float *delta = outputs, *input = outputs;
  for (int32_t l = net->layers - 1; l >= 0; l--) {
    int64_t in = net->widths[l], out = net->widths[l + 1], width = assay_padded(out);
    int64_t input_row = l > 0 ? assay_padded(in) : in;
    at -= (in + 1) * width;
    input = l > 0 ? input - batch * input_row : space->features;
    for (int64_t r = 0; r < rows; r++)
      norms[r] += NAME(square_sum)(delta + r * width, out)
          * (NAME(square_sum)(input + r * input_row, in) + 1);
    if (l == 0) break;
    float *below = space->deltas + (input - space->activations);
    NAME(delta_below)(in, out, rows, parameters + at, delta, input, space->transposed, below);
    delta = below;
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
  delta = input = outputs;
  for (int32_t l = net->layers - 1; l >= 0; l--) {
    int64_t in = net->widths[l], out = net->widths[l + 1], width = assay_padded(out);
    int64_t input_row = l > 0 ? assay_padded(in) : in;
    at -= (in + 1) * width;
    input = l > 0 ? input - batch * input_row : space->features;
    for (int64_t r = 0; r < rows; r++) {
      double factor = norms[r];
      float *row = delta + r * width;
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
    NAME(layer_gradient)(
        in, width, rows, input, input_row, delta, space->gradient + at, resume);
    delta = space->deltas + (input - space->activations);
  }
  return clipped;
}

static void NAME(private_step)(
    const assay_network *net, float *parameters, float *memory, assay_rows rows,
    const int32_t *order, int64_t count, float clip, const float *noise, float expected,
    float learning_rate, int64_t *clipped) {
  int64_t batch = count < PRIVATE_ROWS ? count : PRIVATE_ROWS, total = assay_parameter_floats(net);
  assay_workspace space = assay_layout(net, memory, batch);
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
  const float *z = NAME(forward)(net, parameters, features, rows, rows, space.activations);
  int64_t outputs = net->widths[net->layers], width = assay_padded(outputs);
  for (int64_t r = 0; r < rows; r++)
    __builtin_memcpy(logits + r * outputs, z + r * width, (size_t)outputs * 4);
}

static void NAME(evaluate)(
    const assay_network *net, const float *parameters, float *memory, assay_rows given,
    int32_t rows, double *loss, int64_t *correct) {
  assay_workspace space = assay_layout(net, memory, rows);
  float *z = NAME(forward)(net, parameters, given.features, rows, rows, space.activations);
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
    float sums[16], linear[16] = {0};
    for (int i = 0; i < 16; i++) sums[i] = 1;
    for (int64_t i = 0; i < live; i++) {
      float *row = z + (start + i) * width;
      int32_t label = given.labels[start + i];
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
