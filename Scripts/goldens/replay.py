"""Runs federated averaging in NumPy and writes data, cohorts, orders of rows and the result, for the engine to repeat.

    python Scripts/goldens/replay.py build/replay
    ASSAY_REPLAY=$PWD/build/replay swift test --filter ReplayTests

1000 clients, 100 a round, 20 rounds, batch 10, rate 0.005, softmax from zero. About half a minute.
"""

import os
import sys

import numpy as np
import synthetic

CLIENTS, PER_ROUND, ROUNDS, BATCH, RATE, SEED, CLASSES = 1000, 100, 20, 10, 0.005, 1, 10


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    parts = synthetic.large(CLIENTS)
    for name, at in (("train", 0), ("test", 2)):
        np.concatenate([p[at] for p in parts]).astype("<f4").tofile(f"{folder}/{name}-features")
        np.concatenate([p[at + 1] for p in parts]).astype("<i4").tofile(f"{folder}/{name}-labels")
        owners = np.repeat(np.arange(CLIENTS), [len(p[at + 1]) for p in parts])
        owners.astype("<i4").tofile(f"{folder}/{name}-clients")
    lines = [f"clients {CLIENTS}", f"features {parts[0][0].shape[1]}", f"classes {CLASSES}", f"rate {RATE}"]

    w, b, rate = np.zeros((60, CLASSES), np.float32), np.zeros(CLASSES, np.float32), np.float32(RATE)
    for r in range(ROUNDS):
        cohort = np.random.RandomState((SEED, r)).choice(CLIENTS, PER_ROUND, replace=False)
        lines.append("round " + " ".join(map(str, cohort)))
        sum_w, sum_b, total = np.zeros_like(w), np.zeros_like(b), 0
        for c in cohort:
            x, y = parts[c][0], parts[c][1]
            order = np.random.RandomState((SEED, r, int(c))).permutation(len(y))
            lines.append(f"pass {r} {c} " + " ".join(map(str, order)))
            v, d = w.copy(), b.copy()
            for i in range(0, len(y), BATCH):
                rows = order[i : i + BATCH]
                z = x[rows] @ v + d
                z -= z.max(1, keepdims=True)
                np.exp(z, out=z)
                z /= z.sum(1, keepdims=True)
                z[np.arange(len(rows)), y[rows]] -= 1
                z /= len(rows)
                v -= rate * (x[rows].T @ z)
                d -= rate * z.sum(0)
            sum_w += np.float32(len(y)) * v
            sum_b += np.float32(len(y)) * d
            total += len(y)
        w, b = sum_w / np.float32(total), sum_b / np.float32(total)
    right = sum(int(((p[2] @ w + b).argmax(1) == p[3]).sum()) for p in parts)
    accuracy = right / sum(len(p[3]) for p in parts)
    norm = np.sqrt((w.astype(np.float64) ** 2).sum() + (b.astype(np.float64) ** 2).sum())
    lines += [f"accuracy {accuracy}", f"weight_l2 {norm}"]
    with open(f"{folder}/replay.txt", "w") as out:
        out.write("\n".join(lines) + "\n")
    print(f"NumPy {np.__version__}: accuracy {accuracy:.6f}, weight_l2 {norm:.6f}")


if __name__ == "__main__":
    main()
