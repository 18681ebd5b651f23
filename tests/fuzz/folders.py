"""Run folders that are damaged, and ones that someone made to look like runs and sealed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bayes_roi.run.manifest import _seal
from tests.fuzz.case import Result, command, fault_of, state
from tests.fuzz.mutations import BYTE_WAYS

RUN = Path("run")
FILES = ("model.yaml", "data.parquet", "posterior.nc", "estimates.json", "manifest.json")
QUESTIONS = (("roi", "run"), ("ate", "run", "tv_spend", "--shift", "1"), ("compare", "run", "plan.csv"))


def refused(kind: str, number: int, *, what: str = "") -> Result:
    """Ask a run that must not be answered from."""
    ended = command(*QUESTIONS[number % len(QUESTIONS)])
    fault = fault_of(ended, may_succeed=False)
    said = f"{what}: {ended.err.strip()[-300:]}" if fault else ""
    return Result(kind, number, ended.code, round(ended.computed, 2), fault, said)


def damaged(number: int) -> Result:
    """A file of a run cut, with bits turned, zeroed, doubled, gone, or in the place of another."""
    rng = random.Random(f"damaged {number}")
    whole = state(RUN)
    file = RUN / rng.choice(FILES)
    way = rng.random()
    if way < 0.1:
        file.unlink()
    elif way < 0.2:
        shutil.copy(RUN / rng.choice([f for f in FILES if f != file.name]), file)
    elif way < 0.3:
        file.write_bytes(b"")
    else:
        file.write_bytes(rng.choice(BYTE_WAYS)(file.read_bytes(), rng))
    if state(RUN) == whole:  # zeros where zeros were
        return Result("damaged", number, 0, 0.0)
    return refused("damaged", number)


def sealed(change: Callable[[dict[str, Any]], None] = lambda manifest: None) -> None:
    """Seal a run anew after its files were changed; `change` is done to its manifest first."""
    file = RUN / "manifest.json"
    manifest = json.loads(file.read_text())
    for name in manifest["files"]:
        content = (RUN / name).read_bytes()
        manifest["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    change(manifest)
    manifest["seal"] = _seal(manifest)
    file.write_text(json.dumps(manifest))


def in_manifest(*path: str | int, value: Any) -> Callable[[], None]:
    """Return what puts a value into the manifest and seals it."""

    def put(manifest: dict[str, Any]) -> None:
        inside: Any = manifest
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = value

    return lambda: sealed(put)


def in_posterior(change: Callable[[h5py.File], None]) -> Callable[[], None]:
    """Return what changes the file of draws and seals the run."""

    def put() -> None:
        with h5py.File(RUN / "posterior.nc", "r+") as whole:
            change(whole)
        sealed()

    return put


def replaced(name: str, **how: Any) -> Callable[[h5py.File], None]:
    """Return what puts another dataset in the place of a parameter's."""

    def put(whole: h5py.File) -> None:
        del whole[f"posterior/{name}"]
        whole["posterior"].create_dataset(name, **how)

    return put


def in_panel(change: Callable[[pa.Table], pa.Table]) -> Callable[[], None]:
    """Return what changes the table and seals the run."""

    def put() -> None:
        pq.write_table(change(pq.read_table(RUN / "data.parquet")), RUN / "data.parquet")
        sealed()

    return put


def _column(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(values))


def _about(table: pa.Table, **keys: Any) -> pa.Table:
    about = json.loads(table.schema.metadata[b"bayes_roi"]) | keys
    return table.replace_schema_metadata({b"bayes_roi": json.dumps(about)})


def _linked(name: str) -> None:
    outside = Path("outside")
    shutil.move(RUN / name, outside)
    (RUN / name).symlink_to(outside.resolve())


def _virtual(whole: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(4, 200), dtype="f8")
    layout[:] = h5py.VirtualSource("/tmp/other.nc", "x", shape=(4, 200))
    del whole["posterior/revenue.sigma"]
    whole["posterior"].create_virtual_dataset("revenue.sigma", layout)


def _external(whole: h5py.File) -> None:
    Path("secret").write_bytes(np.arange(800.0).tobytes())
    where = [(os.path.abspath("secret"), 0, h5py.h5f.UNLIMITED)]
    replaced("revenue.sigma", shape=(4, 200), dtype="f8", external=where)(whole)


def _link_out(whole: h5py.File) -> None:
    del whole["posterior/revenue.sigma"]
    whole["posterior/revenue.sigma"] = h5py.ExternalLink(os.path.abspath("plan.csv"), "/x")


def _soft(whole: h5py.File) -> None:
    del whole["posterior/revenue.sigma"]
    whole["posterior/revenue.sigma"] = h5py.SoftLink("/posterior/clicks.sigma")


def _filled(name: str, value: float) -> Callable[[h5py.File], None]:
    def put(whole: h5py.File) -> None:
        whole[f"posterior/{name}"][...] = value

    return put


def _nested(whole: h5py.File) -> None:
    whole["posterior"].create_group("inner")


def _model(text: str, other: str) -> Callable[[], None]:
    def put() -> None:
        file = RUN / "model.yaml"
        file.write_text(file.read_text().replace(text, other))
        sealed()

    return put


def _deep() -> None:
    (RUN / "manifest.json").write_text('{"kind": "bayes_roi run", "schema": 1, "x": ' + "[" * 100_000)


def _not_parquet() -> None:
    (RUN / "data.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    sealed()


def _not_hdf5() -> None:
    (RUN / "posterior.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600))
    sealed()


def _bits(name: str, number: int) -> Callable[[], None]:
    def put() -> None:
        rng = random.Random(f"{name} {number}")
        content = (RUN / name).read_bytes()
        for _ in range(3):
            content = rng.choice(BYTE_WAYS)(content, rng)
        (RUN / name).write_bytes(content)
        sealed()

    return put


ESC = "\x1b]0;pwned\x07"
HUGE: dict[str, Any] = {"shape": (10**6, 10**6), "dtype": "f8", "chunks": (9, 9)}
ONES = np.ones((4, 200))
HOSTILE: dict[str, Callable[[], None]] = {
    **{f"{name} is a link": lambda name=name: _linked(name) for name in FILES},  # type: ignore[misc]
    "a name that leads out": in_manifest("files", "../shop.csv", value={"sha256": "0" * 64, "bytes": 1}),
    "an absolute name": in_manifest("files", "/etc/passwd", value={"sha256": "0" * 64, "bytes": 1}),
    "files is a list": in_manifest("files", value=["model.yaml"]),
    "no files": in_manifest("files", value={}),
    "a fingerprint is a number": in_manifest("files", "model.yaml", value=7),
    "draws is a text": in_manifest("draws", value="200"),
    "draws is below zero": in_manifest("draws", value=-5),
    "draws is another count": in_manifest("draws", value=100),
    "chains is huge": in_manifest("chains", value=10**9),
    "seed is below zero": in_manifest("seed", value=-1),
    "seed is a list": in_manifest("seed", value=[1]),
    "tune is nothing": in_manifest("tune", value=None),
    "parameters is a number": in_manifest("parameters", value=3),
    "a parameter that is not there": in_manifest("parameters", value=["revenue.sigma", "x"]),
    "a parameter twice": in_manifest("parameters", value=["revenue.sigma"] * 2),
    "versions is a list": in_manifest("versions", value=[]),
    "diagnosis is nothing": in_manifest("diagnosis", value=None),
    "blocks is a text": in_manifest("diagnosis", "blocks", value="x"),
    "a block without figures": in_manifest("diagnosis", "blocks", 0, value={"nodes": ["clicks"]}),
    "a block whose R-hat is a text": in_manifest("diagnosis", "blocks", 0, "rhat", value="fine"),
    "a block that steers": in_manifest("diagnosis", "blocks", 0, "why", value=ESC),
    "a residual of lists": in_manifest("diagnosis", "residuals", 0, "rows", value=[[]]),
    "a model's name that steers": in_manifest("model", value=ESC),
    "JSON without end": _deep,
    "no Parquet": _not_parquet,
    "no HDF5": _not_hdf5,
    "draws in another file": in_posterior(_external),
    "draws by a link to a file": in_posterior(_link_out),
    "draws by a link": in_posterior(_soft),
    "virtual draws": in_posterior(_virtual),
    "draws that are NaN": in_posterior(_filled("revenue.sigma", np.nan)),
    "draws that are infinite": in_posterior(_filled("clicks.tv_spend.effect", np.inf)),
    "a sigma below zero": in_posterior(_filled("revenue.sigma", -1.0)),
    "draws of another shape": in_posterior(replaced("revenue.sigma", data=ONES[:2])),
    "draws without dims": in_posterior(replaced("revenue.sigma", data=ONES)),
    "one draw for all": in_posterior(replaced("revenue.sigma", data=1.0)),
    "draws that are texts": in_posterior(replaced("revenue.sigma", data=np.full((4, 200), b"x"))),
    "draws that are complex": in_posterior(replaced("revenue.sigma", data=ONES + 1j)),
    "more draws than there is room": in_posterior(
        replaced("revenue.sigma", shape=(10**6, 10**6), dtype="f8", chunks=(9, 9))
    ),
    "no draws of a parameter": in_posterior(lambda whole: whole["posterior"].__delitem__("revenue.sigma")),
    "draws of what the model has not": in_posterior(lambda whole: whole.move("posterior/clicks.sigma", "posterior/x")),
    "no posterior": in_posterior(lambda whole: whole.move("posterior", "prior")),
    "a group inside": in_posterior(_nested),
    "a spend below zero": in_panel(lambda t: _column(t, "tv_spend", -np.ones(len(t)))),
    "an infinite cell": in_panel(lambda t: _column(t, "demand", np.full(len(t), np.inf))),
    "texts for numbers": in_panel(lambda t: _column(t, "demand", ["x"] * len(t))),
    "a column gone": in_panel(lambda t: t.drop_columns("demand")),
    "periods that are no dates": in_panel(lambda t: _column(t, "week", ["soon"] * len(t))),
    "periods in another order": in_panel(lambda t: _about(t, clock=[[0, 9], [3, 0]])),
    "periods that are missing": in_panel(lambda t: _column(t, "week", pa.array([None] * len(t), pa.string()))),
    "no word about the columns": in_panel(lambda t: t.replace_schema_metadata({})),
    "an audit of numbers": in_panel(lambda t: _about(t, audit=[1, 2])),
    "an audit that steers": in_panel(lambda t: _about(t, audit=[{"action": "read", "reason": ESC}])),
    "units of nobody": in_panel(lambda t: _about(t, units=True, unit="geo")),
    "no rows": in_panel(lambda t: t.slice(0, 0)),
    "another model": _model("revenue ~ clicks + demand", "revenue ~ clicks + demand + hill(tv_spend)"),
    "a model of other families": _model("outcome: revenue", "outcome: revenue\nfamilies: {clicks: poisson}"),
    "a model that is none": _model("equations", "equation"),
}
NAMES = tuple(HOSTILE)


def hostile(number: int) -> Result:
    """A folder that was made to deceive: those above, and then sealed files with bits turned."""
    if number < len(NAMES):
        name = NAMES[number]
        HOSTILE[name]()
        return refused("hostile", number, what=name)
    file = FILES[number % 3]
    _bits(file, number)()
    ended = command(*QUESTIONS[number % len(QUESTIONS)])  # a bit of a number may leave a number
    fault = fault_of(ended)
    said = f"{file}: {ended.err.strip()[-300:]}" if fault else ""
    return Result("hostile", number, ended.code, round(ended.computed, 2), fault, said)
