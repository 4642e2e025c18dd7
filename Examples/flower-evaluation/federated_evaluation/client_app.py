"""The client: scores its own rows with both models, and lets `assay stats` count them.

What leaves the client is the statistics file: counts and sums, no row, no score, no feature.
"""

import csv
import math
import pathlib
import subprocess
import tempfile

from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.clientapp import ClientApp

from federated_evaluation.settings import setting

app = ClientApp()


@app.evaluate()
def evaluate(message: Message, context: Context) -> Message:
    data = pathlib.Path(setting(context, "data"))
    own = data / f"client-{context.node_config['partition-id']:02d}" / "rows.csv"
    models = dict(zip(["baseline", "federated"], message.content["models"].to_numpy_ndarrays()))
    with tempfile.TemporaryDirectory() as scratch:
        table = pathlib.Path(scratch) / "scores.csv"
        write_scores(own, models, table)
        statistics = pathlib.Path(scratch) / "own.stats"
        subprocess.run(
            [setting(context, "assay"), "stats", str(table)]
            + ["--label", "label", "--score", "baseline=baseline", "--score", "federated=federated"]
            + ["--segment", "region", "--sensitive", "sex", "--client", "client"]
            + ["-o", str(statistics)],
            check=True,
        )
        record = ConfigRecord({"statistics": statistics.read_bytes()})
    return Message(content=RecordDict({"evaluation": record}), reply_to=message)


def write_scores(own, models, table):
    """Writes label, groups and one score per model for each of the client's rows."""
    with open(own, newline="") as source, open(table, "w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["client", "region", "sex", "label", *models])
        for row in csv.DictReader(source):
            features = [float(row[f"f{k}"]) for k in range(4)]
            # Added up in a fixed order: a matrix library may choose another for another machine.
            sums = [sum(f * float(w) for f, w in zip(features, m)) for m in models.values()]
            writer.writerow(
                [row["client"], row["region"], row["sex"], row["label"]]
                + [repr(1 / (1 + math.exp(-total))) for total in sums]
            )
