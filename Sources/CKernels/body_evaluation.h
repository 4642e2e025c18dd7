// Part of kernel_body.h.
// Evaluation ----------------------------------------------------------------------------------

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
