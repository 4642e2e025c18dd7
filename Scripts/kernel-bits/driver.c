// Prints a hash of the bits of every kernel over many shapes; two runs agree in every line when the
// kernels do. Arguments: the instruction set, and N to take every N-th shape. See Scripts/check-neon.
#pragma STDC FP_CONTRACT OFF
#include "../../Sources/CKernels/include/kernels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Integers of a fixed sequence, and floats that are exact multiples of a power of two.
static uint64_t state = 1;
static uint32_t draw(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}
static float fraction(void) { return (float)((int32_t)(draw() % 2001) - 1000) * 0x1p-10f; }

// FNV-1a.
static uint64_t hash(const void *data, size_t size) {
  const uint8_t *bytes = data;
  uint64_t value = 14695981039346656037u;
  for (size_t i = 0; i < size; i++) value = (value ^ bytes[i]) * 1099511628211u;
  return value;
}

static void say(const char *what, int shape, const void *data, size_t size) {
  printf("%s %d %016" PRIx64 "\n", what, shape, hash(data, size));
}

// The sign and the payload of a NaN are the processor's own business.
static void say_floats(const char *what, int shape, const float *values, int64_t count) {
  uint64_t value = 14695981039346656037u;
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits = 0x7fc00000u;
    if (values[i] == values[i]) memcpy(&bits, values + i, sizeof bits);
    value = (value ^ bits) * 1099511628211u;
  }
  printf("%s %d %016" PRIx64 "\n", what, shape, value);
}

// A zeroed array of floats.
static float *floats(int64_t count) {
  void *memory = calloc((size_t)count + 16, sizeof(float));
  if (!memory) exit(2);
  return memory;
}

// Random parameters; with `value` 0 for all, only the padding's zeros.
static void fill(const assay_network *net, float *parameters, float scale) {
  for (int32_t l = 0; l < net->layers; l++) {
    int64_t width = assay_padded(net->widths[l + 1]);
    for (int64_t i = 0; i <= net->widths[l]; i++, parameters += width)
      for (int32_t j = 0; j < net->widths[l + 1]; j++) parameters[j] = fraction() * scale;
  }
}

static void train(int shape, const assay_network *net, int32_t batch) {
  enum { ROWS = 75 };
  int32_t features = net->widths[0], outputs = net->widths[net->layers];
  int64_t size = assay_parameter_floats(net);
  float *start = floats(size), *w = floats(size), *extra = floats(size), *anchor = floats(size);
  float *x = floats((int64_t)ROWS * features), *targets = floats(ROWS);
  float *workspace = floats(assay_workspace_floats(net, ROWS));
  float *logits = floats((int64_t)ROWS * outputs);
  int32_t labels[ROWS], order[ROWS];
  for (int64_t i = 0; i < (int64_t)ROWS * features; i++) x[i] = fraction();
  for (int i = 0; i < ROWS; i++) {
    labels[i] = (int32_t)draw() % (outputs == 1 ? 2 : outputs);
    labels[i] = labels[i] < 0 ? -labels[i] : labels[i];
    targets[i] = fraction();
    order[i] = (i * 29) % ROWS;
  }
  fill(net, start, 0.5f);
  fill(net, extra, 0.01f);
  fill(net, anchor, 0.5f);
  assay_rows rows = {x, labels, targets};
  size_t bytes = (size_t)size * sizeof(float);

  for (int variant = 0; variant < 4; variant++) {
    memcpy(w, start, bytes);
    assay_descent descent = {
        batch, 0.1f, variant == 3 ? 3 : INT64_MAX, 0.3f, variant & 1 ? anchor : NULL,
        variant & 2 ? extra : NULL};
    int64_t steps = assay_sgd_pass(net, w, workspace, rows, order, ROWS, &descent);
    say("steps", shape, &steps, sizeof steps);
    say_floats("descend", shape, w, size);
  }
  memcpy(w, start, bytes);
  for (int64_t count = 0; count <= ROWS; count += 25) {
    int64_t clipped;
    assay_private_step(
        net, w, workspace, rows, order, count, 0.7f, count == 50 ? NULL : extra, 11, 0.5f,
        &clipped);
    say("clipped", shape, &clipped, sizeof clipped);
    say_floats("private", shape, w, size);
  }
  double loss;
  int64_t correct;
  assay_evaluate(net, w, workspace, rows, ROWS, &loss, &correct);
  say("loss", shape, &loss, sizeof loss);
  say("correct", shape, &correct, sizeof correct);
  assay_logits(net, w, workspace, x, ROWS, logits);
  say_floats("logits", shape, logits, (int64_t)ROWS * outputs);
  free(start), free(w), free(extra), free(anchor), free(x), free(targets), free(workspace);
  free(logits);
}

static void vectors(void) {
  enum { COUNT = 10007 };
  static float values[COUNT], decoded[COUNT];
  static uint64_t words[COUNT];
  static uint8_t codes[COUNT];
  static int32_t indices[COUNT];
  static double sum[COUNT];
  for (int i = 0; i < COUNT; i++) {
    values[i] = fraction() * (float)(1 << draw() % 20);
    words[i] = (uint64_t)draw() << 33 ^ (uint64_t)draw() << 11 ^ draw();
  }
  for (int bits = 1; bits <= 8; bits *= bits == 1 ? 4 : 2) {
    float range[2];
    assay_quantize(values, COUNT, bits, words, range, codes);
    assay_dequantize(codes, COUNT, bits, range, decoded);
    say("codes", bits, codes, (size_t)assay_code_bytes(COUNT, bits));
    say("range", bits, range, sizeof range);
    say("decoded", bits, decoded, sizeof decoded);
  }
  for (int keep = 1; keep <= COUNT; keep *= 7) {
    assay_largest(values, COUNT, keep, indices);
    say("largest", keep, indices, sizeof(int32_t) * (size_t)keep);
  }
  assay_add_scaled(sum, values, 0.1, COUNT);
  assay_add_update(sum, values, decoded, 0.3, COUNT);
  say("sum", COUNT, sum, sizeof sum);
  double norm = assay_update_norm(values, decoded, COUNT);
  say("norm", COUNT, &norm, sizeof norm);
  for (int i = 0; i < COUNT; i++) decoded[i] = ((float)i - 5000) * 0x1p-5f;
  assay_exp(decoded, COUNT);
  say_floats("exp", COUNT, decoded, COUNT);
  for (int i = 0; i < COUNT; i++) decoded[i] = (float)(i + 1) * 0x1p-7f;
  assay_log(decoded, COUNT);
  say_floats("log", COUNT, decoded, COUNT);
  for (int kind = 0; kind < 2; kind++) {
    assay_random random = {kind == 1, {1, 2, 3, 4, 5, 6, 7, 8}};
    assay_stream stream = {1, 2, 3};
    assay_normals(&random, stream, 0, sum, COUNT);
    say("normals", kind, sum, sizeof sum);
    for (int i = 0; i < COUNT; i++) indices[i] = i;
    assay_shuffle(&random, stream, indices, COUNT);
    say("shuffle", kind, indices, sizeof indices);
    assay_random_words(&random, stream, 3, words, COUNT);
    say("words", kind, words, sizeof words);
  }
}

int main(int argc, char **argv) {
  int every = argc == 3 ? atoi(argv[2]) : 1;
  if (argc < 2 || argc > 3 || every < 1 || !assay_kernels_select(argv[1])) {
    fprintf(stderr, "usage: %s INSTRUCTION-SET [N] (one of this processor)\n", argv[0]);
    return 2;
  }
  const int32_t hidden[][3] = {{0}, {1}, {16}, {33}, {128}, {7, 50}, {64, 31, 17}};
  const int32_t outputs[] = {1, 2, 3, 10, 17, 40}, features[] = {1, 5, 60, 300};
  int shape = 0;
  for (size_t h = 0; h < sizeof hidden / sizeof *hidden; h++)
    for (size_t o = 0; o < sizeof outputs / sizeof *outputs; o++)
      for (size_t f = 0; f < sizeof features / sizeof *features; f++)
        for (int32_t loss = 0; loss <= (outputs[o] == 1); loss++, shape++) {
          int32_t widths[5] = {features[f]}, layers = 0;
          while (layers < 3 && hidden[h][layers]) {
            widths[layers + 1] = hidden[h][layers];
            layers++;
          }
          widths[++layers] = outputs[o];
          assay_network net = {layers, widths, loss};
          if (shape % every == 0) train(shape, &net, shape % 2 ? 10 : 7 + shape % 30);
        }
  vectors();
  return 0;
}
