// The kernels, in parts beside this file, included once for every instruction set with NAME(x),
// TILE_ROWS, TILE_VECTORS and an active target attribute. A tile's shape never shows in the result:
// each element has its own sum.

#define INLINE static inline __attribute__((always_inline))

#include "body_product.h"
#include "body_functions.h"
#include "body_training.h"
#include "body_private.h"
#include "body_evaluation.h"
#include "body_vectors.h"

#undef ADD
#undef INLINE
#undef NAME
#undef REDUCE
#undef TILE_ROWS
#undef TILE_VECTORS
#undef UNPACK_HIGH
#undef UNPACK_LOW
