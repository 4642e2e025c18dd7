// Counter-based random numbers: no state, so any word can be drawn again, in any order.
#pragma STDC FP_CONTRACT OFF
#include "include/kernels.h"

void assay_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t left = (uint64_t)0xD2511F53u * a, right = (uint64_t)0xCD9E8D57u * c;
    a = (uint32_t)(right >> 32) ^ b ^ k0;
    c = (uint32_t)(left >> 32) ^ d ^ k1;
    b = (uint32_t)right;
    d = (uint32_t)left;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
}

#define TURN(v, n) (((v) << (n)) | ((v) >> (32 - (n))))
#define QUARTER(a, b, c, d) \
  a += b, d = TURN(d ^ a, 16), c += d, b = TURN(b ^ c, 12); \
  a += b, d = TURN(d ^ a, 8), c += d, b = TURN(b ^ c, 7);

void assay_chacha20(const uint32_t key[8], const uint32_t counter[4], uint32_t out[16]) {
  uint32_t s[16] = {0x61707865u, 0x3320646eu, 0x79622d32u, 0x6b206574u}, x[16];
  for (int i = 0; i < 8; i++) s[4 + i] = key[i];
  for (int i = 0; i < 4; i++) s[12 + i] = counter[i];
  for (int i = 0; i < 16; i++) x[i] = s[i];
  for (int round = 0; round < 10; round++) {
    QUARTER(x[0], x[4], x[8], x[12])
    QUARTER(x[1], x[5], x[9], x[13])
    QUARTER(x[2], x[6], x[10], x[14])
    QUARTER(x[3], x[7], x[11], x[15])
    QUARTER(x[0], x[5], x[10], x[15])
    QUARTER(x[1], x[6], x[11], x[12])
    QUARTER(x[2], x[7], x[8], x[13])
    QUARTER(x[3], x[4], x[9], x[14])
  }
  for (int i = 0; i < 16; i++) out[i] = x[i] + s[i];
}

// Sixteen words, two of each of eight blocks of Philox side by side: one block after the other would
// wait for its own multiplications.
static void philox_words(
    const uint32_t key[2], assay_stream stream, uint32_t number, uint64_t out[16]) {
  enum { WIDE = 8 };
  uint32_t a[WIDE], b[WIDE], c[WIDE], d[WIDE], k0 = key[0], k1 = key[1];
  for (uint32_t i = 0; i < WIDE; i++)
    a[i] = number + i, b[i] = stream.a, c[i] = stream.b, d[i] = stream.c;
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < WIDE; i++) {
      uint64_t left = (uint64_t)0xD2511F53u * a[i], right = (uint64_t)0xCD9E8D57u * c[i];
      a[i] = (uint32_t)(right >> 32) ^ b[i] ^ k0;
      c[i] = (uint32_t)(left >> 32) ^ d[i] ^ k1;
      b[i] = (uint32_t)right;
      d[i] = (uint32_t)left;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int i = 0; i < WIDE; i++) {
    out[2 * i] = (uint64_t)b[i] << 32 | a[i];
    out[2 * i + 1] = (uint64_t)d[i] << 32 | c[i];
  }
}

void assay_random_words(
    const assay_random *random, assay_stream stream, uint64_t first, uint64_t *out,
    int64_t count) {
  uint32_t block[16];
  uint64_t per_block = random->cryptographic ? 8 : 2, have = UINT64_MAX;
  for (int64_t i = 0; i < count;) {
    uint64_t at = first + (uint64_t)i, number = at / per_block, part = at % per_block * 2;
    if (!random->cryptographic && part == 0 && count - i >= 16) {
      philox_words(random->key, stream, (uint32_t)number, out + i);
      i += 16;
      continue;
    }
    if (number != have) {
      uint32_t counter[4] = {(uint32_t)number, stream.a, stream.b, stream.c};
      if (random->cryptographic) assay_chacha20(random->key, counter, block);
      else assay_philox(counter, random->key, block);
      have = number;
    }
    out[i++] = (uint64_t)block[part + 1] << 32 | block[part];
  }
}

// log(u) for 0 < u ≤ 1: u = 2^e·m with m in [√½, √2), 2·atanh(s) with s = (m−1)/(m+1) by its
// series to s^23. Below 2 ulp, away from C libraries and their versions.
static double natural_log(double u) {
  uint64_t bits;
  __builtin_memcpy(&bits, &u, 8);
  int64_t e = ((int64_t)bits - 0x3FE6A09E667F3BCDll) >> 52;
  bits -= (uint64_t)e << 52;
  double m;
  __builtin_memcpy(&m, &bits, 8);
  double f = m - 1, s = f / (m + 1), z = s * s, series = 1.0 / 23;
  for (int n = 21; n >= 3; n -= 2) series = series * z + 1.0 / n;
  series *= z;
  double tail = s * (f - 2 * series), k = (double)e;
  return k * 0x1.62e42fee00000p-1 + (f - (tail - k * 0x1.a39ef35793c76p-33));
}

// A 64-bit integer as a double in 0...1, rounded once.
static double unit(uint64_t word) {
  double high = (double)(uint32_t)(word >> 32) * 4294967296.0, low = (double)(uint32_t)word;
  return (high + low) * 0x1p-64;
}

void assay_box_muller(uint64_t radius, uint64_t angle, double out[2]) {
  // Half a step keeps log away from 0: the radius reaches sqrt(−2·log 2^−65) = 9.49.
  double u = unit(radius) + 0x1p-65;
  if (u > 1) u = 1;
  double r = __builtin_sqrt(-2 * natural_log(u));
  // Two bits choose the quadrant; the rest is an angle x in −π/4...π/4 around its middle.
  double x = (unit(angle << 2) - 0.5) * 0x1.921fb54442d18p+0, z = x * x;
  double sine = 1, cosine = 1;
  for (int n = 18; n >= 2; n -= 2) {
    sine = 1 - z / (double)(n * (n + 1)) * sine;
    cosine = 1 - z / (double)(n * (n - 1)) * cosine;
  }
  sine *= x;
  double c = r * cosine, s = r * sine;
  switch (angle >> 62) {
    case 0: out[0] = c, out[1] = s; break;
    case 1: out[0] = -s, out[1] = c; break;
    case 2: out[0] = -c, out[1] = -s; break;
    default: out[0] = s, out[1] = -c;
  }
}

void assay_normals(
    const assay_random *random, assay_stream stream, uint64_t first, double *out,
    int64_t count) {
  uint64_t words[64];
  double pair[2];
  for (int64_t i = 0; i < count; i += 64) {
    int64_t live = count - i < 64 ? count - i : 64;
    assay_random_words(random, stream, first + (uint64_t)i, words, (live + 1) / 2 * 2);
    for (int64_t j = 0; j < live; j += 2) {
      assay_box_muller(words[j], words[j + 1], pair);
      out[i + j] = pair[0];
      if (j + 1 < live) out[i + j + 1] = pair[1];
    }
  }
}

void assay_shuffle(
    const assay_random *random, assay_stream stream, int32_t *items, int64_t count) {
  uint64_t words[64];
  for (int64_t last = count - 1; last > 0; last--) {
    int64_t used = (count - 1 - last) % 64;
    if (used == 0) {
      int64_t left = last < 64 ? last : 64;
      assay_random_words(random, stream, (uint64_t)(count - 1 - last), words, left);
    }
    // A 64-bit fraction of last + 1: its bias is below 2^−32.
    int64_t other =
        (int64_t)((unsigned __int128)words[used] * (uint64_t)(last + 1) >> 64);
    int32_t item = items[last];
    items[last] = items[other];
    items[other] = item;
  }
}
