// Compression of updates: operations that IEEE 754 fixes, so that no processor needs code of its own.
#pragma STDC FP_CONTRACT OFF
#include "include/kernels.h"

#include <string.h>

bool assay_quantize(
    const float *values, int64_t count, int32_t bits, const uint64_t *words, float range[2],
    uint8_t *codes) {
  if (!assay_all_finite(values, count)) return false;
  float low = count ? values[0] : 0, high = low;
  for (int64_t i = 1; i < count; i++) {
    low = values[i] < low ? values[i] : low;
    high = values[i] > high ? values[i] : high;
  }
  range[0] = low;
  range[1] = high;
  memset(codes, 0, (size_t)assay_code_bytes(count, bits));
  if (low == high) return true;
  int32_t top = (1 << bits) - 1, per_byte = 8 / bits;
  double width = (double)high - (double)low;
  for (int64_t i = 0; i < count; i++) {
    double place = ((double)values[i] - (double)low) / width * top;
    int32_t code = (int32_t)place;
    double uniform = (double)(uint32_t)(words[i / 2] >> (32 * (i & 1))) * 0x1p-32;
    code += uniform < place - code;
    if (code > top) code = top;
    codes[i / per_byte] |= (uint8_t)(code << (i % per_byte * bits));
  }
  return true;
}

void assay_dequantize(
    const uint8_t *codes, int64_t count, int32_t bits, const float range[2], float *values) {
  int32_t top = (1 << bits) - 1, per_byte = 8 / bits;
  double low = (double)range[0], high = (double)range[1];
  for (int64_t i = 0; i < count; i++) {
    int32_t code = codes[i / per_byte] >> (i % per_byte * bits) & top;
    // Both products are exact; so are both ends.
    values[i] = (float)((low * (top - code) + high * code) / top);
  }
}

// Bits of |value|: ordered as the magnitudes are.
static uint32_t magnitude(const float *value) {
  uint32_t bits;
  memcpy(&bits, value, 4);
  return bits & 0x7fffffffu;
}

void assay_largest(const float *values, int64_t count, int64_t keep, int32_t *indices) {
  if (keep <= 0) return;
  // The magnitude of the last one kept, 11 bits at a time from the top; `left` of the values that
  // share the bits found so far are kept.
  uint32_t found = 0, mask = 0;
  int64_t left = keep;
  for (int shift = 20; shift >= -2; shift -= 11) {
    int64_t histogram[2048] = {0};
    int low = shift > 0 ? shift : 0, size = shift > 0 ? 2048 : 1 << (11 + shift);
    for (int64_t i = 0; i < count; i++) {
      uint32_t bits = magnitude(values + i);
      if ((bits & mask) == found) histogram[bits >> low & (uint32_t)(size - 1)]++;
    }
    int digit = size - 1;
    while (left > histogram[digit]) left -= histogram[digit--];
    found |= (uint32_t)digit << low;
    mask |= (uint32_t)(size - 1) << low;
  }
  int64_t out = 0;
  for (int64_t i = 0; i < count && out < keep; i++) {
    uint32_t bits = magnitude(values + i);
    if (bits > found || (bits == found && left-- > 0)) indices[out++] = (int32_t)i;
  }
}
