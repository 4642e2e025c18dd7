// Part of kernel_body.h.
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
