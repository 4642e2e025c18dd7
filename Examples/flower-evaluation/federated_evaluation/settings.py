"""Where data, output and the command are: from the app's configuration, or from the environment."""

import os


def setting(context, name):
    """The value of `name` in `[tool.flwr.app.config]`, else of FEDERATED_EVALUATION_<NAME>."""
    value = context.run_config.get(name) or os.environ.get(f"FEDERATED_EVALUATION_{name.upper()}")
    if not value:
        raise ValueError(f"please set '{name}' in the app's configuration")
    return str(value)
