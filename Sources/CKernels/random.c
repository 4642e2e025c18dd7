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

// In kernels.c: whole blocks from block `number` on, two words of each; `count` is a multiple of 16.
void assay_philox_words(
    const uint32_t key[2], assay_stream stream, uint32_t number, uint64_t *out, int64_t count);

void assay_random_words(
    const assay_random *random, assay_stream stream, uint64_t first, uint64_t *out,
    int64_t count) {
  uint32_t block[16];
  uint64_t per_block = random->cryptographic ? 8 : 2, have = UINT64_MAX;
  for (int64_t i = 0; i < count;) {
    uint64_t at = first + (uint64_t)i, number = at / per_block, part = at % per_block * 2;
    if (!random->cryptographic && part == 0 && count - i >= 16) {
      int64_t words = (count - i) / 16 * 16;
      assay_philox_words(random->key, stream, (uint32_t)number, out + i, words);
      i += words;
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

void assay_shuffle(
    const assay_random *random, assay_stream stream, int32_t *items, int64_t count) {
  uint64_t words[64];
  for (int64_t last = count - 1; last > 0; last--) {
    int64_t used = (count - 1 - last) % 64;
    if (used == 0) {
      // Whole blocks of 16 words are the fastest; what is too much is not used.
      int64_t left = last < 64 ? (last + 15) / 16 * 16 : 64;
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
