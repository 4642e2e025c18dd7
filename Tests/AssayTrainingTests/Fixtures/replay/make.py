"""Writes replay.txt: cohorts, orders of rows and the result of federated averaging in NumPy, so that the
engine can repeat the same run. Usage: python make.py > replay.txt

The data is that of Example.clusters in ExampleData.swift (4 features, 5 classes, seed 9): a linear
congruential generator, so both sides make it themselves. NumPy's RandomState streams are frozen (NEP 19).
"""

import numpy as np

CLIENTS, PER_ROUND, ROUNDS, EPOCHS, BATCH, RATE, SEED = 40, 10, 10, 2, 10, 0.005, 1
FEATURES, CLASSES, TEST_ROWS = 4, 5, 500


class Numbers:
    def __init__(self, seed):
        self.state = (seed * 2 + 1) % 2**64

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) * 2.0**-53


def main():
    numbers = Numbers(9)
    centres = [[numbers.next() * 4 - 2 for _ in range(FEATURES)] for _ in range(CLASSES)]

    def rows(count):
        x, y = np.empty((count, FEATURES), np.float32), np.empty(count, np.int64)
        for i in range(count):
            y[i] = int(numbers.next() * CLASSES)
            for f, centre in enumerate(centres[y[i]]):
                noise = numbers.next() + numbers.next() + numbers.next() - 1.5
                x[i, f] = centre + noise * 2
        return x, y

    sizes = [12 + 5 * c % 37 for c in range(CLIENTS)]
    clients = [rows(n) for n in sizes]
    test_x, test_y = rows(TEST_ROWS)

    w, b = np.zeros((FEATURES, CLASSES), np.float32), np.zeros(CLASSES, np.float32)
    rate = np.float32(RATE)
    for r in range(ROUNDS):
        cohort = np.random.RandomState((SEED, r)).choice(CLIENTS, PER_ROUND, replace=False)
        print("round", *cohort)
        sum_w, sum_b, total = np.zeros_like(w), np.zeros_like(b), 0
        for c in cohort:
            x, y = clients[c]
            v, d = w.copy(), b.copy()
            random = np.random.RandomState((SEED, r, int(c)))
            for e in range(EPOCHS):
                order = random.permutation(len(y))
                print("pass", r * EPOCHS + e, c, *order)
                for i in range(0, len(y), BATCH):
                    rows_ = order[i : i + BATCH]
                    z = x[rows_] @ v + d
                    z -= z.max(1, keepdims=True)
                    np.exp(z, out=z)
                    z /= z.sum(1, keepdims=True)
                    z[np.arange(len(rows_)), y[rows_]] -= 1
                    z /= np.float32(len(rows_))
                    v -= rate * (x[rows_].T @ z)
                    d -= rate * z.sum(0)
            sum_w += np.float32(len(y)) * v
            sum_b += np.float32(len(y)) * d
            total += len(y)
        w, b = sum_w / np.float32(total), sum_b / np.float32(total)
    norm = np.sqrt((w.astype(np.float64) ** 2).sum() + (b.astype(np.float64) ** 2).sum())
    print("accuracy", float(np.mean((test_x @ w + b).argmax(1) == test_y)))
    print("weight_l2", float(norm))
    print("numpy", np.__version__)


if __name__ == "__main__":
    main()
