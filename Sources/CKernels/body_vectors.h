// Part of kernel_body.h.
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
