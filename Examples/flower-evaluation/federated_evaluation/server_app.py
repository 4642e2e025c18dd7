"""The server: asks every client once, and lets `assay merge` add up what they send."""

import pathlib
import subprocess
import time

import numpy as np
from flwr.app import ArrayRecord, Context, Message, MessageType, RecordDict
from flwr.serverapp import Grid, ServerApp

from federated_evaluation.settings import setting

app = ServerApp()


def all_nodes(grid: Grid, expected: int, patience: float = 120) -> list[int]:
    """The connected nodes, once as many as expected are there or patience ends.

    Nodes connect one after another: who asks too early evaluates a part and takes it for the whole.
    """
    end = time.monotonic() + patience
    while len(nodes := list(grid.get_node_ids())) < expected and time.monotonic() < end:
        time.sleep(0.5)
    return nodes


@app.main()
def main(grid: Grid, context: Context) -> None:
    models = np.load(pathlib.Path(setting(context, "data")) / "models.npz", allow_pickle=False)
    content = ArrayRecord([models["baseline"], models["federated"]])
    expected = int(setting(context, "clients"))
    nodes = all_nodes(grid, expected)
    replies = list(
        grid.send_and_receive(
            [
                Message(
                    content=RecordDict({"models": content}),
                    message_type=MessageType.EVALUATE,
                    dst_node_id=node,
                )
                for node in nodes
            ],
            timeout=300,
        )
    )
    output = pathlib.Path(setting(context, "output"))
    parts = output / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    answered = [reply for reply in replies if not reply.has_error()]
    for number, reply in enumerate(answered):
        statistics = reply.content["evaluation"]["statistics"]
        (parts / f"{number:04d}.stats").write_bytes(statistics)
    # Who did not answer is said, not hidden: the numbers are about those who did.
    print(f"{len(answered)} of {expected} clients answered")
    if not answered:
        raise RuntimeError("no client answered")
    subprocess.run(
        [setting(context, "assay"), "merge"]
        + [str(path) for path in sorted(parts.glob("*.stats"))]
        + ["-o", str(output / "all.stats")],
        check=True,
    )
