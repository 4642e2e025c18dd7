// Part of kernel_body.h.
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
