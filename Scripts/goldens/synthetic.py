"""Federated tabular data in the manner of LEAF / FedProx synthetic(alpha, beta); NumPy alone.

Client c draws u_c ~ N(0, alpha) and B_c ~ N(0, beta); its true model is W_c, b_c ~ N(u_c, 1) (plus `shared` times
one model common to all clients), its features are x ~ N(v_c, diag(j^-1.2)) with v_c ~ N(B_c, 1), and
y = argmax(x W_c + b_c). Source: Li et al. 2020, arXiv:1812.06127, section 5.1. NumPy's RandomState streams are frozen
(NEP 19), so the same arguments give the same rows.
"""

import numpy as np


def clients(count, alpha, beta, shared, segment_shift, group_shift, log_sigma, add_rows, max_rows, test_fraction):
    """Yields (train x, train y, test x, test y) of every client: 60 features, 10 classes, seed 1."""
    d, k, segments = 60, 10, 4
    r = np.random.RandomState(1)
    scale = np.arange(1, d + 1) ** -0.6  # standard deviation: variance j^-1.2
    shared_w, shared_b = r.standard_normal((d, k)), r.standard_normal(k)
    shift = segment_shift * r.standard_normal((segments, d))
    sizes = np.clip(r.lognormal(4.0, log_sigma, count).astype(int) + add_rows, 10, max_rows)
    for c in range(count):
        n, s = int(sizes[c]), c % segments
        u, big_b = r.normal(0, alpha), r.normal(0, beta)
        w = r.normal(u, 1, (d, k)) + shared * shared_w
        b = r.normal(u, 1, k) + shared * shared_b
        v = r.normal(big_b, 1, d)
        group = (r.random_sample(n) < (s + 1) / (segments + 1)).astype(int)
        x = v + shift[s] + r.standard_normal((n, d)) * scale
        x[:, 0] += group_shift * group
        # As written into a table with five digits.
        x = np.array([[float("%.5g" % value) for value in line] for line in x])
        y = (x @ w + b).argmax(1)
        kept = n - max(1, int(round(test_fraction * n)))
        yield x[:kept].astype(np.float32), y[:kept], x[kept:].astype(np.float32), y[kept:]


def large(count):
    """Mixed clients of 10 to 1000 rows with something in common."""
    return list(clients(count, 1.0, 1.0, 2.0, 0.3, 0.5, 1.0, 0, 1000, 0.2))


def leaf(alpha):
    """The published recipe, alpha = beta: 30 clients."""
    return list(clients(30, alpha, alpha, 0.0, 0.0, 0.0, 2.0, 50, 1_000_000, 0.1))
