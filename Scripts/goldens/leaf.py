"""The LEAF recipe with the engine's own random numbers: the mean accuracy of ten seeds after 200 rounds.

    make build
    python Scripts/goldens/leaf.py build/leaf .build/release/assay

Prints it beside the accuracy of FedAvg in NumPy on the same rows (one order of rows each: 0.827778, 0.796528,
0.805556), and ends with 1 when the means over the three recipes lie more than 0.03 apart.
"""

import json
import os
import subprocess
import sys

import synthetic

GOLDENS = {0.0: 0.827778, 0.5: 0.796528, 1.0: 0.805556}

PILOT = """assay: 1
name: leaf
data:
  path: data.csv
  client: client
  label: label
  scaling: none
  split: {column: split}
model: {kind: softmax}
seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
arms:
  - name: federated
    kind: federated
    algorithm: fedavg
    rounds: 200
    clients_per_round: 10
    local: {epochs: 20, batch_size: 10, learning_rate: 0.01}
"""


def main():
    folder, assay = sys.argv[1], sys.argv[2]
    found = []
    for alpha, golden in GOLDENS.items():
        home = f"{folder}/{alpha}"
        os.makedirs(home, exist_ok=True)
        with open(f"{home}/data.csv", "w") as out:
            out.write("client,split,label," + ",".join(f"f{j}" for j in range(60)) + "\n")
            for c, (x, y, test_x, test_y) in enumerate(synthetic.leaf(alpha)):
                for split, rows, labels in (("train", x, y), ("test", test_x, test_y)):
                    for row, label in zip(rows, labels):
                        out.write(f"c{c:02d},{split},{label}," + ",".join("%.5g" % v for v in row) + "\n")
        with open(f"{home}/pilot.yaml", "w") as out:
            out.write(PILOT)
        # Exit code 1 is a gate that is not met: this pilot has no statements.
        status = subprocess.run([assay, "run", f"{home}/pilot.yaml", "-o", f"{home}/out", "--quiet"]).returncode
        if status not in (0, 1):
            sys.exit(status)
        with open(f"{home}/out/evidence.json") as file:
            facts = {fact["id"]: fact for fact in json.load(file)["evidence"]}
        fact = facts["accuracy/federated/overall"]
        seeds = fact["seeds"]
        found.append(fact["value"])
        print(f"alpha = beta = {alpha}: engine {fact['value']:.6f} ({min(seeds):.6f} to {max(seeds):.6f}), NumPy {golden}")
    gap = abs(sum(found) - sum(GOLDENS.values())) / len(GOLDENS)
    print(f"means over the recipes: engine {sum(found) / 3:.6f}, NumPy {sum(GOLDENS.values()) / 3:.6f}, apart {gap:.6f}")
    sys.exit(0 if gap <= 0.03 else 1)


if __name__ == "__main__":
    main()
