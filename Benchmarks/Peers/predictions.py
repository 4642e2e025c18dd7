#!/usr/bin/env python3
"""Deterministic synthetic predictions file for evaluation benchmarks.

Columns: id, client_id, region, device_class, age_band, label, score
  3 segment columns: region (32) + device_class (6) + age_band (12) = 50 marginal segments.
  score has 6 decimals, so ties occur (about 1e6 distinct values).
Writes OUT.csv and/or OUT.parquet (zstd, dictionary strings, 1 Mi-row groups).

usage: predictions.py --rows 10000000 --out DIR/pred10m [--format csv|parquet|both] [--clients 1000] [--seed 7]
"""
import argparse
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq


def chunk(rng, start, n, n_clients):
    client = rng.integers(0, n_clients, n)
    # region is a property of the client; Zipf-like sizes so that segments are unequal
    region = (client * 2654435761 % 4294967296) % 32
    region = np.where(rng.random(n) < 0.25, 0, region)
    device = rng.choice(6, n, p=[0.38, 0.27, 0.18, 0.10, 0.05, 0.02])
    age = np.clip(rng.normal(5.0, 2.4, n).round().astype(np.int64), 0, 11)
    base = 0.15 + 0.02 * age - 0.03 * device + 0.3 * np.sin(region)
    latent = rng.normal(0, 1, n)
    p = 1 / (1 + np.exp(-(1.4 * latent + base - 0.5)))
    label = (rng.random(n) < p).astype(np.int8)
    noise = 0.3 + 0.08 * device
    s = 1 / (1 + np.exp(-(1.4 * latent + base - 0.5 + noise * rng.normal(0, 1, n))))
    score = np.clip(np.round(s, 6), 1e-6, 1 - 1e-6)

    def dic(idx, names):
        return pa.DictionaryArray.from_arrays(pa.array(idx.astype(np.int32)), pa.array(names))

    return {
        "id": pa.array(np.arange(start, start + n, dtype=np.int64)),
        "client_id": dic(client, [f"client-{i:05d}" for i in range(n_clients)]),
        "region": dic(region, [f"region-{i:02d}" for i in range(32)]),
        "device_class": dic(device, ["phone-high", "phone-mid", "phone-low", "tablet", "gateway", "wearable"]),
        "age_band": dic(age, [f"{a}-{a + 4}" if a < 75 else "75+" for a in range(20, 80, 5)]),
        "label": pa.array(label),
        "score": pa.array(score),
    }


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--rows", type=int, default=10_000_000)
    ap.add_argument("--out", required=True)
    ap.add_argument("--format", default="both", choices=["csv", "parquet", "both"])
    ap.add_argument("--clients", type=int, default=1000)
    ap.add_argument("--seed", type=int, default=7)
    a = ap.parse_args()
    step = 1 << 20
    cw = pw = None
    for k, start in enumerate(range(0, a.rows, step)):
        n = min(step, a.rows - start)
        rng = np.random.default_rng([a.seed, k])
        cols = chunk(rng, start, n, a.clients)
        t = pa.table(cols)
        if a.format in ("parquet", "both"):
            if pw is None:
                pw = pq.ParquetWriter(a.out + ".parquet", t.schema, compression="zstd")
            pw.write_table(t, row_group_size=step)
        if a.format in ("csv", "both"):
            flat = pa.table({c: (t[c].cast(pa.string()) if pa.types.is_dictionary(t[c].type) else t[c]) for c in t.column_names})
            if cw is None:
                cw = pc.CSVWriter(a.out + ".csv", flat.schema, write_options=pc.WriteOptions(quoting_style="none"))
            cw.write_table(flat)
    if cw:
        cw.close()
    if pw:
        pw.close()


if __name__ == "__main__":
    main()
