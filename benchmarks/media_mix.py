"""One revenue equation, fitted by br.fit and by PyMC-Marketing under its own interpreter (`make bench-peer`).

Both fit the same mean function to the same 156 weeks: demand, trend, season, and for each channel a curve of geometric
adstock, with no spend before the first week. The truth is made up as `br.simulate` does where none is given, but media
make three tenths of revenue, however many they are. The priors are ours, in their units; that of the top of a curve is
written out, half-normal of the mean of revenue, as PyMC-Marketing knows none of ROAS. Two things differ: theirs has no
bound on what media make together, and has on the intercept the prior that ours has on the level, the mean of revenue
(its sd is ten times revenue's, so that neither says much).

Theirs samples as it does by default, by nutpie through `pm.sample`, with four chains as PyMC takes on four cores. Its
effective draws are ArviZ's smallest bulk size over the parameters; ours are what `fit.diagnosis` says, for weighted
draws Kish's size: how many independent draws would give a mean with the same variance, were the weights unrelated to
what is averaged. Its first run compiles with PyTensor's cache empty; later ones, whose medians are taken, find there
what the first left.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import COMMAND, ROOT, fresh, run, scratch
from benchmarks.row import Row

if TYPE_CHECKING:
    import bayes_roi as br
    from bayes_roi.model.simulation.truth import Truth

PEER = ROOT / ".venv-peer" / "bin" / "python"
SCRIPT = ROOT / "benchmarks" / "peer" / "media_mix.py"
IMPORTS = "import nutpie, pymc_marketing.mmm, pytensor.link.numba.dispatch.basic"
CASES = (("logistic", 3), ("hill", 3), ("hill", 6))
SEEDS = (2, 3, 4)
MEDIA = 0.3
"""Share of revenue that media make."""
MOST_APART = 0.1
"""Of an interval's width: four standard errors of a 5 % quantile from 600 effective draws."""


def rows() -> Iterator[Row]:
    """Yield effective draws a CPU second, CPU of a cold process until its ROAS are there, and whether they agree."""
    if not PEER.exists():
        raise SystemExit("PyMC-Marketing has an environment of its own, which is not there: make bench-peer makes it")
    run([str(PEER), "-W", "ignore", "-c", IMPORTS])  # not counted: writes bytecode
    for curve, channels in CASES:
        yield from _case(curve, channels)


def _case(curve: str, channels: int) -> Iterator[Row]:
    what, folder = f"{channels} {curve} curves", scratch() / f"{curve}_{channels}"
    truth, _ = fresh(prepare, str(folder), curve, channels)
    cold = _peer(folder, 1)
    theirs = [_peer(folder, seed) for seed in SEEDS]
    peer = {key: statistics.median(t[key] for t in theirs) for key in theirs[0] if key not in ("roas", "versions")}
    ours, _ = fresh(own_fits, str(folder))
    command = [COMMAND, "run", str(folder / "model.yaml"), "--data", str(folder / "table.csv"), "--no-report"]
    command += ["--out", str(folder / "run"), "--overwrite", "--seed"]
    first = statistics.median(run([*command, str(seed)]).cpu for seed in SEEDS)

    rate, name = ours["size"] / ours["seconds"], "media_mix"
    sampled = peer["fit"] - peer["compile"]
    told = (
        f"{ours['engine']}: {ours['size']:,.0f} effective draws in {ours['seconds']:.2f} s; PyMC-Marketing "
        f"{peer['size']:,.0f} of {peer['draws']:,.0f} in {sampled:.1f} s, R-hat {peer['rhat']:.3f}, "
        f"{peer['divergences']:.0f} divergences; it compiled in {cold['compile']:.0f} s without and "
        f"{peer['compile']:.0f} s with PyTensor's cache ({theirs[0]['versions']})"
    )
    for say, seconds, limit, note in (
        ("compilation left out", sampled, 10.0, told),
        ("compilation from the cache counted", peer["fit"], 30.0, ""),
        ("compilation from nothing counted", cold["fit"], 30.0, ""),
    ):
        each = peer["size"] / seconds
        held = limit if channels <= 3 else None  # with more curves weights wear out, and NUTS takes over: only told
        yield Row(name, f"br.fit, {what}", f"PyMC-Marketing, {say}", rate, each, "draws/s", held, "at least", note)
    for say, seconds in (("with PyTensor's cache", peer["process"]), ("without", cold["process"])):
        peer_name = f"PyMC-Marketing, {say}"
        yield Row(name, f"cold process to ROAS, {what}", peer_name, first, seconds, "s CPU", limit=0.5)
    pooled = [_mean(t["roas"][c] for t in theirs) for c in range(channels)]
    apart = max(
        abs(a - b) / (c[2] - c[0])
        for own, c in zip(ours["roas"], pooled, strict=True)
        for a, b in zip(own, c, strict=True)
    )
    note = f"ours {_say(ours['roas'])}; PyMC-Marketing {_say(pooled)}; truth {', '.join(f'{x:.3f}' for x in truth)}"
    yield Row(name, f"ROAS apart, {what}", "limit", apart, MOST_APART, "widths", limit=1, note=note)


def _peer(folder: Path, seed: int) -> dict[str, Any]:
    """Return what PyMC-Marketing found, and the CPU of its process until its ROAS were there."""
    ended = run(
        [str(PEER), "-W", "ignore", str(SCRIPT), str(folder / "request.json"), str(folder / "cache"), str(seed)]
    )
    found: dict[str, Any] = json.loads(ended.printed.splitlines()[-1])
    if "sample" not in found:
        raise RuntimeError("PyMC-Marketing did not sample with nutpie")
    return found


def _mean(quantiles: Iterator[list[float]]) -> list[float]:
    return [statistics.fmean(each) for each in zip(*quantiles, strict=True)]


def _say(roas: list[list[float]]) -> str:
    return ", ".join(f"{median:.3f} [{low:.3f}, {high:.3f}]" for low, median, high in roas)


def prepare(folder: str, curve: str, channels: int) -> list[float]:
    """Write the model, its table and the request to PyMC-Marketing into a folder; return the true ROAS."""
    import numpy as np

    import bayes_roi as br
    from bayes_roi.inference.fit import fit_of
    from bayes_roi.model.law.parameters import node_parameters
    from bayes_roi.model.rows.design import design
    from bayes_roi.model.rows.view import View
    from bayes_roi.model.simulation.made_up_truth import made_up_truth
    from bayes_roi.model.simulation.write_table import write_table
    from benchmarks.made_up import of_share

    into = Path(folder)
    into.mkdir()
    spends = {f"channel_{i}": f"spend_{i}" for i in range(1, channels + 1)}
    media = " + ".join(f"{curve}(adstock({spend}))" for spend in spends.values())
    equation = f"revenue ~ demand + trend() + season(period=52.18, order=2) + {media}"
    model = br.Model(
        name="media mix", equations=equation, outcome="revenue", time="week", channels=spends, carry_in="zero"
    )
    truth = of_share(model, made_up_truth(model, seed=1), MEDIA)
    table = _simulated(model, truth)
    top = f"HalfNormal(sigma={float(f'{table.columns["revenue"].mean():.6g}')})"
    model = replace(model, priors={f"revenue.{spend}.effect": top for spend in spends.values()})  # type: ignore[arg-type]
    br.write_model(model, into / "model.yaml")
    write_table(table, into / "table.csv")
    data = br.read_data(into / "table.csv", model)

    rows = design(model, data)
    node = node_parameters(model, rows, "revenue")
    view, curves = View(np, rows, rows.rows), [t for t in node.terms if t.media]
    columns = [(t.effect, column) for t in node.terms if not t.media for column in np.atleast_2d(t.curve(view, {}))]
    priors = {role: vars(prior) for role, prior in (curves[0].shape | {"effect": curves[0].effect}).items()}
    priors["half"] |= {"mu": [t.shape["half"].mu for t in curves]}  # type: ignore[attr-defined]
    request = {
        "table": str(into / "table.csv"),
        "curve": curve,
        "spends": list(spends.values()),
        "max_lag": model.max_lag,
        "control_sd": [prior.sigma * float(column.std()) for prior, column in columns],
        "priors": priors | {"level": vars(node.level), "sigma": vars(node.family["sigma"])},
    }
    (into / "request.json").write_text(json.dumps(request), encoding="utf-8")
    known = fit_of(model, data, {name: np.asarray(v, float)[None] for name, v in truth.parameters.items()})
    return br.roas(known, horizon=0).values.values.ravel().tolist()


def _simulated(model: br.Model, truth: Truth) -> br.Panel:
    """Return a table before which there was no spend: its weeks follow on as many dark ones as carry over."""
    import bayes_roi as br

    longer, dark = replace(truth, periods=truth.periods + model.max_lag), slice(None, model.max_lag)
    first, *_, last = br.simulate(model, longer).periods[dark]
    whole = br.simulate(model, longer, do=[br.set_to(s, 0, during=(str(first), str(last))) for s in model.spends])
    shown = slice(model.max_lag, None)
    columns = {n: x[shown] for n, x in whole.columns.items()}
    return replace(whole, columns=columns, periods=whole.periods[shown], clock=None)  # a clock of its own


def own_fits(folder: str) -> dict[str, Any]:
    """Return the smallest effective size of a fit, its CPU seconds and its ROAS, medians over seeds after a first."""
    import numpy as np

    import bayes_roi as br

    model = br.read_model(Path(folder) / "model.yaml")
    data = br.read_data(Path(folder) / "table.csv", model)
    br.fit(model, data, seed=0)
    sizes, seconds, roas, engines = [], [], [], []
    for seed in SEEDS:
        started = time.process_time()
        fit = br.fit(model, data, seed=seed)
        seconds.append(time.process_time() - started)
        sizes.append(fit.diagnosis.min_ess_bulk)
        engines.append(fit.diagnosis.blocks[0].engine)
        roas.append(np.quantile(br.roas(fit, horizon=0).values.values, [0.05, 0.5, 0.95], axis=(0, 1)).T)
    return {
        "size": statistics.median(sizes),
        "seconds": statistics.median(seconds),
        "engine": " or ".join(sorted(set(engines))),
        "roas": np.mean(roas, axis=0).tolist(),
    }
