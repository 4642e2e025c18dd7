#!/usr/bin/env python3
"""Times peers on one evaluation workload over a predictions file (see predictions.py), and Assay beside them.

Workload: global + per value of region, device_class, age_band (50 marginal segments):
  n, accuracy, selection rate, TPR, FPR at threshold 0.5, exact ROC AUC, log loss;
  then per column: demographic parity difference (max-min selection rate),
  equalized odds difference (max of TPR range and FPR range), AUC range.
Each run is a fresh child process; wall time includes interpreter start, imports and file read.
Assay does more in its run: intervals for every number, every metric of its catalogue, fairness with
a bootstrap. `assay_no_bootstrap` is the same without replicates.

usage: evaluation.py --data DIR/pred10m [--engines pandas_sklearn,fairlearn,polars,duckdb,...]
                        [--formats csv,parquet] [--repeat 2] [--threads 2] [--out results.jsonl]
"""
import argparse
import json
import os
import resource
import sys
import time

SEG = ["region", "device_class", "age_band"]
THR = 0.5
EPS = 2.220446049250313e-16
COLS = SEG + ["label", "score"]


def derive(n, pos, tp, fp, ll, auc):
    neg = n - pos
    return {
        "n": int(n), "accuracy": (tp + neg - fp) / n, "selection_rate": (tp + fp) / n,
        "tpr": tp / pos if pos else None, "fpr": fp / neg if neg else None,
        "roc_auc": auc, "log_loss": ll / n,
    }


def fairness(groups):
    def rng(k):
        v = [g[k] for g in groups.values() if g[k] is not None]
        return max(v) - min(v)
    return {"demographic_parity_difference": rng("selection_rate"),
            "equalized_odds_difference": max(rng("tpr"), rng("fpr")), "auc_range": rng("roc_auc")}


def finish(overall, by):
    return {"overall": overall, "by": by, "fairness": {c: fairness(g) for c, g in by.items()}}


# ---------------------------------------------------------------- pandas + scikit-learn
def load_pandas(path):
    import pandas as pd
    if path.endswith(".csv"):
        dt = {c: "category" for c in SEG} | {"label": "int8", "score": "float64"}
        return pd.read_csv(path, usecols=COLS, dtype=dt, engine="c")
    return pd.read_parquet(path, columns=COLS)


def sk_one(y, s):
    from sklearn import metrics as m
    p = (s >= THR).astype("int8")
    tn, fp, fn, tp = m.confusion_matrix(y, p, labels=[0, 1]).ravel()
    return {"n": len(y), "accuracy": float(m.accuracy_score(y, p)), "selection_rate": float(p.mean()),
            "tpr": float(tp / (tp + fn)), "fpr": float(fp / (fp + tn)),
            "roc_auc": float(m.roc_auc_score(y, s)), "log_loss": float(m.log_loss(y, s, labels=[0, 1]))}


def pandas_sklearn(path, **_):
    df = load_pandas(path)
    y, s = df["label"].to_numpy(), df["score"].to_numpy()
    by = {}
    for c in SEG:
        by[c] = {k: sk_one(y[i], s[i]) for k, i in df.groupby(c, observed=True).indices.items()}
    return finish(sk_one(y, s), by)


# ---------------------------------------------------------------- Fairlearn
def fairlearn(path, n_boot=None, **_):
    import fairlearn.metrics as fm
    from sklearn import metrics as m
    df = load_pandas(path)
    y, s = df["label"].to_numpy(), df["score"].to_numpy()
    cut = lambda f: (lambda t, q: f(t, (q >= THR).astype("int8")))
    fns = {"n": fm.count, "accuracy": cut(m.accuracy_score), "selection_rate": cut(fm.selection_rate),
           "tpr": cut(fm.true_positive_rate), "fpr": cut(fm.false_positive_rate),
           "roc_auc": m.roc_auc_score, "log_loss": lambda t, q: m.log_loss(t, q, labels=[0, 1])}
    by, overall, fair = {}, None, {}
    for c in SEG:
        extra = {"n_boot": n_boot, "ci_quantiles": [0.025, 0.975], "random_state": 1} if n_boot else {}
        mf = fm.MetricFrame(metrics=fns, y_true=y, y_pred=s, sensitive_features=df[c], **extra)
        by[c] = {k: {a: float(b) for a, b in r.items()} for k, r in mf.by_group.to_dict("index").items()}
        overall = {a: float(b) for a, b in mf.overall.items()}
        d = mf.difference()
        fair[c] = {"demographic_parity_difference": float(d["selection_rate"]),
                   "equalized_odds_difference": float(max(d["tpr"], d["fpr"])), "auc_range": float(d["roc_auc"])}
    return {"overall": overall, "by": by, "fairness": fair}


def fairlearn_boot20(path, **_):
    return fairlearn(path, n_boot=20)


# ---------------------------------------------------------------- polars
def polars(path, exact=True, bins=None, **_):
    import polars as pl
    lf = pl.scan_csv(path) if path.endswith(".csv") else pl.scan_parquet(path)
    y, s = pl.col("label"), pl.col("score")
    q = s.clip(EPS, 1 - EPS)
    lf = lf.select([pl.col(c).cast(pl.Categorical) for c in SEG] + [y.cast(pl.Int64), s.cast(pl.Float64)])
    pred = s >= THR
    base = [pl.len().alias("n"), y.sum().alias("pos"), (pred & (y == 1)).sum().alias("tp"),
            (pred & (y == 0)).sum().alias("fp"),
            (-pl.when(y == 1).then(q.log()).otherwise((1 - q).log())).sum().alias("ll")]
    df = lf.collect()
    if exact:
        base.append(s.rank("average").filter(y == 1).sum().alias("rs"))

    def auc(r):
        P, N = r["pos"], r["n"] - r["pos"]
        return (r["rs"] - P * (P + 1) / 2) / (P * N) if P and N else None

    def auc_bins(frame, keys):
        h = frame.group_by(keys + [(s * bins).floor().cast(pl.Int32).alias("b")]).agg(
            y.sum().alias("p"), (1 - y).sum().alias("g")).sort(keys + ["b"])
        w = pl.col("g").cum_sum().over(keys) if keys else pl.col("g").cum_sum()
        h = h.with_columns((pl.col("p") * (w - pl.col("g") / 2)).alias("u"))
        a = [(pl.col("u").sum() / (pl.col("p").sum() * pl.col("g").sum())).alias("auc")]
        return h.group_by(keys).agg(a) if keys else h.select(a)

    def one(r, a=None):
        return derive(r["n"], r["pos"], r["tp"], r["fp"], r["ll"], auc(r) if exact else a)
    ov = one(df.select(base).row(0, named=True), None if exact else auc_bins(df, [])["auc"][0])
    by = {}
    for c in SEG:
        g = df.group_by(c).agg(base)
        ab = {} if exact else dict(auc_bins(df, [c]).select(c, "auc").iter_rows())
        by[c] = {r[c]: one(r, ab.get(r[c])) for r in g.iter_rows(named=True)}
    return finish(ov, by)


def polars_bin1000(path, **_):
    return polars(path, exact=False, bins=1000)


# ---------------------------------------------------------------- duckdb
def duckdb(path, bins=None, threads=2, **_):
    import duckdb as dk
    con = dk.connect()
    con.execute(f"SET threads={threads}")
    src = f"read_csv('{path}')" if path.endswith(".csv") else f"read_parquet('{path}')"
    con.execute(f"CREATE TEMP TABLE t AS SELECT {','.join(SEG)}, label::INT AS label, score::DOUBLE AS score FROM {src}")
    gs = "GROUPING SETS ((), " + ", ".join(f"({c})" for c in SEG) + ")"
    q = f"least(greatest(score,{EPS}),1-{EPS})"
    rows = con.execute(f"""SELECT {','.join(SEG)}, count(*) n, sum(label) pos,
        count(*) FILTER (score>={THR} AND label=1) tp, count(*) FILTER (score>={THR} AND label=0) fp,
        sum(CASE WHEN label=1 THEN -ln({q}) ELSE -ln(1-{q}) END) ll FROM t GROUP BY {gs}""").fetchall()
    b = f"floor(score*{bins})::INT" if bins else "score"
    aucs = {}
    for c in [None] + SEG:
        k = c or "1"
        for seg, a in con.execute(f"""WITH h AS (SELECT {k} seg, {b} b, sum(label) p, sum(1-label) g FROM t GROUP BY ALL),
            w AS (SELECT seg, p, g, sum(g) OVER (PARTITION BY seg ORDER BY b) cg FROM h)
            SELECT seg, sum(p*(cg-g/2.0))::DOUBLE/(sum(p)::DOUBLE*sum(g)::DOUBLE) FROM w GROUP BY seg""").fetchall():
            aucs[(c, seg if c else None)] = a
    by, ov = {c: {} for c in SEG}, None
    for r in rows:
        keys, v = r[:3], r[3:]
        which = [i for i in range(3) if keys[i] is not None]
        if not which:
            ov = derive(*[float(x) for x in v], aucs[(None, None)])
        else:
            c = SEG[which[0]]
            by[c][keys[which[0]]] = derive(*[float(x) for x in v], aucs[(c, keys[which[0]])])
    return finish(ov, by)


def duckdb_bin1000(path, threads=2, **_):
    return duckdb(path, bins=1000, threads=threads)


# ---------------------------------------------------------------- reading alone
def read_only_pandas(path, **_):
    return {"overall": {"n": len(load_pandas(path))}, "by": {}, "fairness": {}}


def read_only_polars(path, **_):
    import polars as pl
    lf = pl.scan_csv(path) if path.endswith(".csv") else pl.scan_parquet(path)
    return {"overall": {"n": len(lf.select(COLS).collect())}, "by": {}, "fairness": {}}


# ---------------------------------------------------------------- Assay
def assay_command(engine, path, binary, threads):
    command = [binary, "evaluate", path, "--label", "label", "--score", "model=score", "--json"]
    for column in SEG:
        command += ["--segment", column, "--sensitive", column]
    command += ["--threads", str(threads)]
    return command + (["--replicates", "0"] if engine == "assay_no_bootstrap" else [])


def assay_result(document):
    arm = document["arms"]["model"]

    def one(cell):
        value = lambda name: cell[name]["value"]
        return {"n": cell["accuracy"]["count"], "accuracy": value("accuracy"),
                "selection_rate": value("selection_rate"), "tpr": value("recall"),
                "fpr": value("false_positive_rate"), "roc_auc": value("roc_auc"), "log_loss": value("log_loss")}
    return finish(one(arm["overall"]), {c: {k: one(g) for k, g in arm["segments"][c].items()} for c in SEG})


def child(engine, path, threads):
    t0 = time.perf_counter()
    res = globals()[engine](path, threads=threads)
    res["inner_s"] = time.perf_counter() - t0
    json.dump(res, sys.stdout)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data")
    ap.add_argument("--engines", default="assay,assay_no_bootstrap,pandas_sklearn,fairlearn,polars,duckdb,polars_bin1000,duckdb_bin1000,read_only_pandas,read_only_polars")
    ap.add_argument("--formats", default="csv,parquet")
    ap.add_argument("--repeat", type=int, default=2)
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--out", default="results.jsonl")
    ap.add_argument("--assay", default=".build/release/assay")
    ap.add_argument("--child", nargs=2)
    a = ap.parse_args()
    if a.child:
        return child(a.child[0], a.child[1], a.threads)
    for fmt in a.formats.split(","):
        path = f"{a.data}.{fmt}"
        for eng in a.engines.split(","):
            for rep in range(a.repeat):
                r, w = os.pipe()
                env = dict(os.environ, POLARS_MAX_THREADS=str(a.threads))
                command = [sys.executable, __file__, "--threads", str(a.threads), "--child", eng, path]
                if eng.startswith("assay"):
                    command = assay_command(eng, path, a.assay, a.threads)
                t0 = time.perf_counter()
                pid = os.posix_spawn(command[0], command, env,
                                     file_actions=[(os.POSIX_SPAWN_DUP2, w, 1), (os.POSIX_SPAWN_CLOSE, r)])
                os.close(w)
                buf = b""
                while chunk := os.read(r, 1 << 16):
                    buf += chunk
                _, st, ru = os.wait4(pid, 0)
                wall = time.perf_counter() - t0
                os.close(r)
                rec = {"engine": eng, "format": fmt, "rep": rep, "wall_s": round(wall, 2), "user_s": round(ru.ru_utime, 2),
                       "sys_s": round(ru.ru_stime, 2), "peak_rss_mib": round(ru.ru_maxrss / 1024), "exit": st, "load1": os.getloadavg()[0]}
                if st == 0:
                    d = json.loads(buf)
                    if eng.startswith("assay"):
                        d = assay_result(d) | {"inner_s": wall}
                    rec |= {"inner_s": round(d["inner_s"], 2), "overall": d["overall"], "fairness": d["fairness"],
                            "segments": sum(len(g) for g in d["by"].values())}
                with open(a.out, "a") as f:
                    f.write(json.dumps(rec) + "\n")
                print({k: v for k, v in rec.items() if k not in ("overall", "fairness")},
                      {k: v for k, v in (rec.get("overall") or {}).items() if k in ("roc_auc", "log_loss", "tpr")},
                      (rec.get("fairness") or {}).get("region"), flush=True)


if __name__ == "__main__":
    main()
