"""Writes the example's data: one folder per client, and two models that everyone shares.

usage: python -m federated_evaluation.prepare FOLDER [CLIENTS]
"""

import csv
import pathlib
import sys

import numpy as np

REGIONS = ["north", "south", "west"]


def main(folder, clients=8, seed=7):
    folder = pathlib.Path(folder)
    random = np.random.default_rng(seed)
    truth = np.array([1.1, -0.7, 0.4, 0.0])
    for client in range(clients):
        rows = int(random.integers(80, 400))
        features = random.normal(0, 1, (rows, 4))
        chance = 1 / (1 + np.exp(-(features @ truth + 0.2 * (client % 3) - 0.3)))
        labels = (random.random(rows) < chance).astype(int)
        sexes = np.where(random.random(rows) < 0.5, "female", "male")
        place = folder / f"client-{client:02d}"
        place.mkdir(parents=True, exist_ok=True)
        with open(place / "rows.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["client", "region", "sex", "label", "f0", "f1", "f2", "f3"])
            for row in range(rows):
                writer.writerow(
                    [place.name, REGIONS[client % 3], sexes[row], labels[row]]
                    + [repr(float(x)) for x in features[row]]
                )
    # In a pilot these come from training; here they are given, so that the example is about
    # evaluation alone.
    np.savez(folder / "models.npz", baseline=[0.8, -0.2, 0.1, 0.3], federated=[1.0, -0.6, 0.4, 0.0])


if __name__ == "__main__":
    main(sys.argv[1], *(int(x) for x in sys.argv[2:3]))
