#!/usr/bin/env python3
"""Times accountants of differential privacy side by side: epsilon at given noise, and noise for a target epsilon.

Every row is one question; every engine answers it as its users would ask it. Assay is timed as a whole process, from the
command line to its exit; the Python engines within one process, imports left out, since they cost one to
two seconds by themselves (printed first). Wall and processor time, the least of --repeat
runs. One thread: run under `taskset -c 0` with
OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1.

usage: privacy.py [--assay .build/release/assay] [--repeat 5] [--engines assay,dp_accounting,opacus,prv] [--markdown]
Packages: dp-accounting 0.6.0, opacus 1.6.0, prv_accountant 0.2.0; an engine that is not installed is left out.
"""
import argparse
import importlib.metadata
import json
import math
import os
import platform
import resource
import subprocess
import sys
import time
import warnings

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Noise multiplier, sampling rate, releases, delta.
ACCOUNT = [(1.1, 0.01, 10_000, 1e-5), (1.1, 0.01, 10_000, 1e-12), (0.7, 0.0043, 10_547, 1e-5),
           (4.0, 0.1, 1_000, 1e-6), (1.0, 0.001, 100_000, 1e-7)]
# Target epsilon, sampling rate, releases, delta.
CALIBRATE = [(3.0, 0.01, 10_000, 1e-5), (1.0, 0.1, 500, 1e-6), (8.0, 0.004, 11_250, 1e-5)]


def processor():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def timed(body, repeat):
    wall, busy, value = math.inf, math.inf, None
    for _ in range(repeat):
        start, used = time.perf_counter(), processor()
        try:
            value = body()
        except Exception as error:  # noqa: BLE001: the peer's own failure is the result
            return None, None, type(error).__name__ + ": " + str(error).split("\n")[0][:60]
        wall, busy = min(wall, time.perf_counter() - start), min(busy, processor() - used)
    return wall, busy, value


class Assay:
    name = "assay"

    def __init__(self, path):
        self.path = path

    def run(self, *arguments):
        done = subprocess.run([self.path, "account", *arguments, "--json"], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def account(self, noise, rate, steps, delta):
        common = ["--noise-multiplier", str(noise), "--sampling-rate", str(rate), "--steps", str(steps),
                  "--delta", str(delta)]
        for label, extra in [("width 1e-3", ["--tolerance", "1e-3"]), ("width 1e-4", ["--tolerance", "1e-4"]),
                             ("as quoted", []), ("rdp", ["--accountant", "rdp"])]:
            yield label, lambda extra=extra: self.run(*common, *extra), lambda found: (
                found["epsilon_lower"], found["epsilon"])

    def calibrate(self, target, rate, steps, delta):
        common = ["--target-epsilon", str(target), "--sampling-rate", str(rate), "--steps", str(steps),
                  "--delta", str(delta)]
        for label, extra in [("as quoted", []), ("rdp", ["--accountant", "rdp"])]:
            yield label, lambda extra=extra: self.run(*common, *extra), lambda found: found["noise_multiplier"]


class DPAccounting:
    name = "dp_accounting"

    def __init__(self):
        import dp_accounting
        from dp_accounting import pld, rdp
        self.d, self.pld, self.rdp = dp_accounting, pld, rdp

    def event(self, noise, rate, steps):
        one = self.d.GaussianDpEvent(noise)
        return self.d.SelfComposedDpEvent(self.d.PoissonSampledDpEvent(rate, one), steps)

    def makers(self):
        yield "pld, grid 1e-4 (default)", lambda: self.pld.PLDAccountant()
        yield "pld, grid 1e-3", lambda: self.pld.PLDAccountant(value_discretization_interval=1e-3)
        yield "rdp", lambda: self.rdp.RdpAccountant()

    def account(self, noise, rate, steps, delta):
        for label, make in self.makers():
            yield label, lambda make=make: make().compose(self.event(noise, rate, steps)).get_epsilon(delta), (
                lambda found: (None, found))

    def calibrate(self, target, rate, steps, delta):
        for label, make in self.makers():
            yield label, lambda make=make: self.d.calibrate_dp_mechanism(
                make, lambda noise: self.event(noise, rate, steps), target, delta), lambda found: found


class Opacus:
    name = "opacus"

    def __init__(self):
        from opacus import accountants
        from opacus.accountants.utils import get_noise_multiplier
        self.accountants, self.search = accountants, get_noise_multiplier

    def account(self, noise, rate, steps, delta):
        def make(kind):
            accountant = self.accountants.create_accountant(kind)
            accountant.history = [(noise, rate, steps)]
            return accountant.get_epsilon(delta)
        for kind in ["prv", "rdp", "gdp"]:
            yield kind, lambda kind=kind: make(kind), lambda found: (None, found)

    def calibrate(self, target, rate, steps, delta):
        for kind in ["prv", "rdp", "gdp"]:
            yield kind, lambda kind=kind: self.search(
                target_epsilon=target, target_delta=delta, sample_rate=rate, steps=steps, accountant=kind), (
                    lambda found: found)


class PRV:
    name = "prv"

    def __init__(self):
        import prv_accountant
        self.p = prv_accountant

    def account(self, noise, rate, steps, delta):
        def make(error):
            prv = self.p.PoissonSubsampledGaussianMechanism(noise_multiplier=noise, sampling_probability=rate)
            accountant = self.p.PRVAccountant(prvs=[prv], max_self_compositions=[steps], eps_error=error,
                                              delta_error=delta / 1000)
            return accountant.compute_epsilon(delta=delta, num_self_compositions=[steps])
        for error in [0.1, 0.01]:
            yield f"error {error}", lambda error=error: make(error), lambda found: (found[0], found[2])

    def calibrate(self, target, rate, steps, delta):
        from prv_accountant.dpsgd import find_noise_multiplier
        yield "find_noise_multiplier, error 0.1", lambda: find_noise_multiplier(
            sampling_probability=rate, num_steps=steps, target_epsilon=target, target_delta=delta), lambda found: found


def shown(value):
    if isinstance(value, tuple):
        low, high = value
        if low is None:
            return f"{high:.6g}"
        return f"[{low:.7g}, {high:.7g}], width {(high - low) / high:.1e}"
    return f"{value:.6f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default=os.path.join(ROOT, ".build/release/assay"))
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--engines", default="assay,dp_accounting,opacus,prv")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    engines = []
    for name in options.engines.split(","):
        start = time.perf_counter()
        try:
            engines.append(Assay(options.assay) if name == "assay" else
                           {"dp_accounting": DPAccounting, "opacus": Opacus, "prv": PRV}[name]())
        except ImportError as error:
            print(f"{name}: left out, {error}")
            continue
        if name != "assay":
            package = {"dp_accounting": "dp-accounting", "prv": "prv_accountant"}.get(name, name)
            print(f"{name} {importlib.metadata.version(package)}: import {time.perf_counter() - start:.2f} s")
    print(f"Python {platform.python_version()}, {platform.machine()}, least of {options.repeat} runs")
    for kind, rows, words in [
            ("account", ACCOUNT, "epsilon at noise {}, rate {}, {} releases, delta {}"),
            ("calibrate", CALIBRATE, "noise for epsilon {}, rate {}, {} releases, delta {}")]:
        for row in rows:
            print("\n" + words.format(*row))
            if options.markdown:
                print("\n| | processor, ms | wall, ms | value |\n| --- | ---: | ---: | --- |")
            for engine in engines:
                for label, body, read in getattr(engine, kind)(*row):
                    wall, busy, found = timed(body, options.repeat)
                    cells = [f"{engine.name}, {label}"]
                    cells += ["", "", found] if wall is None else [
                        f"{1000 * busy:.0f}", f"{1000 * wall:.0f}", shown(read(found))]
                    print("| " + " | ".join(cells) + " |" if options.markdown
                          else "  {:40s} {:>6s} {:>6s} ms  {}".format(*cells))
                    sys.stdout.flush()


if __name__ == "__main__":
    main()
