// What the processor could do at most.
#ifndef ASSAY_PEAK_H
#define ASSAY_PEAK_H

/// Floating-point operations per second of one thread that does nothing but independent fused
/// multiply-adds on float vectors of the widest kind that this processor has; two for each. The best
/// of many short runs.
double peak_operations_per_second(void);

#endif
