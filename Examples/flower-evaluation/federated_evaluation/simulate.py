"""Runs the app on this machine in Flower's simulation.

usage: python -m federated_evaluation.simulate DATA OUTPUT [ASSAY]
"""

import os
import pathlib
import sys


def main(data, output, assay="assay"):
    clients = len(list(pathlib.Path(data).glob("client-*")))
    names = {
        "DATA": os.path.abspath(data),
        "OUTPUT": os.path.abspath(output),
        "ASSAY": assay,
        "CLIENTS": str(clients),
    }
    for name, value in names.items():
        os.environ[f"FEDERATED_EVALUATION_{name}"] = value
    from flwr.simulation import run_simulation

    from federated_evaluation.client_app import app as client_app
    from federated_evaluation.server_app import app as server_app

    run_simulation(
        server_app=server_app,
        client_app=client_app,
        num_supernodes=clients,
        backend_config={"client_resources": {"num_cpus": 1, "num_gpus": 0.0}},
    )
    if not (pathlib.Path(output) / "all.stats").exists():
        sys.exit("the server wrote no statistics")


if __name__ == "__main__":
    main(*sys.argv[1:])
