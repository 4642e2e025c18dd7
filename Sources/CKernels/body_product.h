// Part of kernel_body.h.
// Matrix product ------------------------------------------------------------------------------

// What becomes of the finished sums of a tile.
INLINE void NAME(finish)(
    const int rows, const int vectors, const assay_product *x, float *c, int64_t i, int64_t j,
    float16 sum[TILE_ROWS][TILE_VECTORS]) {
  const int64_t step = x->c_row;
  switch (x->finish) {
    case KEEP:
      UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) STORE(c + r * step + 16 * v, sum[r][v]);
      return;
    case RECTIFY:
      UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++)
          STORE(c + r * step + 16 * v, SELECT(sum[r][v] <= SPLAT(0), SPLAT(0), sum[r][v]));
      return;
    case MASK: {
      const float *active = x->active + i * step + j;
      UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++)
          STORE(
              c + r * step + 16 * v,
              SELECT(LOAD(active + r * step + 16 * v) > SPLAT(0), sum[r][v], SPLAT(0)));
      return;
    }
    default: {
      const float16 rate = SPLAT(-x->rate);
      if (!x->anchor && !x->correction) {
        UNROLL for (int r = 0; r < rows; r++)
          UNROLL for (int v = 0; v < vectors; v++) {
            float *w = c + r * step + 16 * v;
            STORE(w, FMA(rate, sum[r][v], LOAD(w)));
          }
        return;
      }
      const float16 proximal = SPLAT(x->proximal);
      const float *anchor = x->anchor ? x->anchor + i * step + j : NULL;
      const float *correction = x->correction ? x->correction + i * step + j : NULL;
      UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) {
          int64_t at = r * step + 16 * v;
          float16 w = LOAD(c + at), g = sum[r][v];
          if (correction) g = g + LOAD(correction + at);
          if (anchor) g = FMA(proximal, w - LOAD(anchor + at), g);
          STORE(c + at, FMA(rate, g, w));
        }
    }
  }
}

// Rows i... and columns j... of a product over the inner indices p ..< p + depth.
INLINE void NAME(tile)(
    const int rows, const int vectors, const assay_product *x, int64_t i, int64_t j, int64_t p,
    int64_t depth) {
  const int64_t a_row = x->a_row, a_col = x->a_col, b_row = x->b_row;
  const float *a = x->a + i * a_row + p * a_col, *b = x->b + p * b_row + j;
  float16 sum[TILE_ROWS][TILE_VECTORS];
  if (p > 0) {
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++)
        sum[r][v] = LOAD(x->partial + (i + r) * x->c_row + j + 16 * v);
  } else if (x->start) {
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++)
        sum[r][v] = LOAD(x->start + (i + r) * x->start_row + j + 16 * v);
  } else {
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = SPLAT(0);
  }
  // One pointer for three rows, hidden from the compiler, which would compute each row's address from
  // the one before: a chain of additions that takes longer than the products.
  const float *left[(TILE_ROWS + 2) / 3];
  UNROLL for (int r = 0; r < rows; r += 3) {
    left[r / 3] = a + r * a_row;
    __asm__("" : "+r"(left[r / 3]));
  }
  const float *end = b + depth * b_row;
  do {
    float16 right[TILE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) right[v] = LOAD(b + 16 * v);
    UNROLL for (int r = 0; r < rows; r++) {
      float16 factor = SPLAT(left[r / 3][r % 3 * a_row]);
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = FMA(factor, right[v], sum[r][v]);
    }
    UNROLL for (int r = 0; r < rows; r += 3) left[r / 3] += a_col;
    b += b_row;
  } while (b != end);
  if (p + depth < x->k) {
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++)
        STORE(x->partial + (i + r) * x->c_row + j + 16 * v, sum[r][v]);
  } else {
    NAME(finish)(rows, vectors, x, x->c + i * x->c_row + j, i, j, sum);
  }
}

static void NAME(tiles)(
    int rows, int vectors, const assay_product *x, int64_t i, int64_t j, int64_t p,
    int64_t depth) {
#define TILE(R, V) case R: NAME(tile)(R, V, x, i, j, p, depth); break;
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

// A whole product. A long inner index is cut so that b stays in the cache; the partial sums are stored
// and loaded again exactly.
static void NAME(multiply)(const assay_product *x) {
  const int64_t cut = 256;
  int64_t blocks = (x->m + TILE_ROWS - 1) / TILE_ROWS, height = (x->m + blocks - 1) / blocks;
  for (int64_t p = 0; p < x->k; p += cut) {
    int64_t depth = x->k - p < cut ? x->k - p : cut;
    for (int64_t j = 0; j < x->n;) {
      int vectors = x->n - j >= 16 * TILE_VECTORS ? TILE_VECTORS : 1;
      for (int64_t i = 0; i < x->m; i += height)
        NAME(tiles)((int)(x->m - i < height ? x->m - i : height), vectors, x, i, j, p, depth);
      j += 16 * vectors;
    }
  }
}
