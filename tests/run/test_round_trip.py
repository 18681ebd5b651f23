"""What is written is read back: model, data, draws and diagnosis, bit for bit."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr

import bayes_roi as br
from bayes_roi.inference.fit import Fit, Groups, fit_of
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.language.model import Model
from bayes_roi.model.simulation.truth import Truth
from bayes_roi.panel import AuditEntry, Panel
from bayes_roi.run.panel_file import panel_bytes, read_panel_file
from bayes_roi.run.posterior_file import posterior_bytes, read_posterior


def same(one: Panel, other: Panel) -> bool:
    """Return whether two panels hold the same, NaN counted as equal to NaN."""
    columns = [(one.columns[name], other.columns[name]) for name in one.columns]
    alike = list(one.columns) == list(other.columns) and all(np.array_equal(a, b, equal_nan=True) for a, b in columns)
    about = [(p.time, p.frequency, p.source, p.audit, p.unit, p.levels) for p in (one, other)]
    alike = alike and same_rows(one.units, other.units) and same_rows(one.clock, other.clock)
    if one.periods is None or other.periods is None:
        return alike and about[0] == about[1] and one.periods is other.periods
    periods = one.periods.dtype == other.periods.dtype and np.array_equal(one.periods, other.periods)
    return alike and about[0] == about[1] and bool(periods)


def same_rows(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    """Return whether both hold the same labels or numbers, or there are none in either."""
    if one is None or other is None:
        return one is other
    return one.dtype == other.dtype and np.array_equal(one, other)


def test_a_run_gives_its_fit_back(shop_fit: Fit, run: Path) -> None:
    back = br.read_run(run)
    assert back.model == shop_fit.model
    assert same(back.data, shop_fit.data)
    assert back.posterior.identical(shop_fit.posterior)
    assert list(back.parameters) == list(shop_fit.parameters)  # in the order of the equations
    assert repr(back.diagnosis) == repr(shop_fit.diagnosis)
    assert repr(back.diagnosis.blocks) == repr(shop_fit.diagnosis.blocks)
    assert repr(back.diagnosis.residuals) == repr(shop_fit.diagnosis.residuals)
    assert (back.seed, back.settings) == (shop_fit.seed, shop_fit.settings)


def test_questions_have_the_same_answers_bit_for_bit(shop_fit: Fit, run: Path) -> None:
    back = br.read_run(run)
    assert br.roi(back).values.identical(br.roi(shop_fit).values)
    assert br.ate(back, "tv_spend", shift=1.0).values.identical(br.ate(shop_fit, "tv_spend", shift=1.0).values)


def test_the_same_seed_gives_the_same_files(shop_fit: Fit, other_fit: Fit, run: Path, tmp_path: Path) -> None:
    again = br.fit(shop_fit.model, shop_fit.data, seed=3, draws=500)
    files = ("model.yaml", "data.parquet", "posterior.nc", "estimates.json")
    second = br.write_run(again, tmp_path / "again", report=False)
    assert all((run / name).read_bytes() == (second / name).read_bytes() for name in files)
    other = br.write_run(other_fit, tmp_path / "other", report=False)
    assert (run / "posterior.nc").read_bytes() != (other / "posterior.nc").read_bytes()


def test_the_manifest_tells_how_the_run_came_about(
    shop_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run = br.write_run(shop_fit, tmp_path / "run", report=False)
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["created"] == "2023-11-14T22:13:20+00:00"
    assert (manifest["seed"], manifest["draws"], manifest["chains"], manifest["tune"]) == (3, 500, 4, 1000)
    assert manifest["versions"]["bayes_roi"] == br.__version__
    assert manifest["versions"]["numpy"] == np.__version__
    assert [block["engine"] for block in manifest["diagnosis"]["blocks"]] == ["collapsed", "exact"]
    assert all(block["seconds"] == "nan" for block in manifest["diagnosis"]["blocks"])  # they differ each time
    assert set(manifest["files"]) == {"model.yaml", "data.parquet", "posterior.nc", "estimates.json"}
    for name, file in manifest["files"].items():
        content = (run / name).read_bytes()
        assert file == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


AUDIT = (
    AuditEntry("read", "the cells are separated by semicolons"),
    AuditEntry("interpolated", "the value was missing", 3, "2021-01-11", "TV; Ausgaben (€)", None, 2.5),
)

DATES = np.array(["2021-01-04", "2021-01-11", "2021-01-11", "2021-01-18"])
GEOS = {"unit": "geo", "units": np.array(["Süd", "Süd", "B", "B"])}
PROMO = {"tv": np.array([1.0, 2.0, 3.0, 0.1]), "promo": np.array([1.0, 0.0, 1.0, 2.0])}
LEVELS = {"promo": ("é", "none", "x, y")}


@pytest.mark.parametrize(
    "panel",
    [
        Panel({"tv": np.array([1.0, np.nan])}, np.array(["2021-01-04", "2021-01-11"]), "week", "week", "a.csv", AUDIT),
        Panel({"tv": np.array([0.1, 2e300]), "número_ñ": np.array([-0.0, 3])}, None, None, None, "DataFrame"),
        Panel({"tv": np.array([1.0, 2.0])}, np.array([7, 8]), "day of", "period", "a.csv"),
        Panel({"tv": np.array([1.0]), "week": np.array([2.0])}, np.array(["2021-01-04"]), "Woche", None, "a.csv"),
        Panel(PROMO, DATES, "week", "week", "a.csv", AUDIT, **GEOS, levels=LEVELS),
        Panel(PROMO, np.array([1, 2, 2, 9]), "t", "period", "a.csv", **GEOS, clock=np.array([3, 4, 4, 11])),
        Panel(
            {"geo": np.array([0.0, np.nan, 1.0, 1.0])}, None, None, None, "a.csv", **GEOS, levels={"geo": ("a", "b")}
        ),
        Panel(PROMO, None, None, None, "a.csv", levels=LEVELS),
        Panel(PROMO, np.arange(4), "t", "period", "a.csv", clock=np.array([0, 1, 3, 4])),
    ],
    ids=[
        "dates, audit and a missing cell",
        "exchangeable",
        "numbered periods",
        "one row",
        "units, dates and a category",
        "a clock of its own",
        "units without periods, and a category of their name with a missing cell",
        "a category",
        "a single series with a clock of its own",
    ],
)
def test_a_panel_is_read_back(panel: Panel, tmp_path: Path) -> None:
    (tmp_path / "data.parquet").write_bytes(panel_bytes(panel))
    assert same(read_panel_file(tmp_path / "data.parquet"), panel)


def test_a_panel_opens_in_pandas_as_the_table_it_is(shop_data: Panel, run: Path) -> None:
    import pandas as pd

    frame = pd.read_parquet(run / "data.parquet")
    assert list(frame.columns) == ["week", *shop_data.columns]
    assert frame["week"][0] == "2021-01-04"


def test_units_and_categories_open_in_pandas_as_the_labels_they_are(tmp_path: Path) -> None:
    import pandas as pd

    panel = Panel(PROMO, DATES, "week", "week", "a.csv", **GEOS, levels=LEVELS)
    (tmp_path / "data.parquet").write_bytes(panel_bytes(panel))
    frame = pd.read_parquet(tmp_path / "data.parquet")
    assert list(frame.columns) == ["geo", "week", "tv", "promo"]
    assert frame["geo"].tolist() == GEOS["units"].tolist()
    assert frame["promo"].tolist() == ["none", "é", "none", "x, y"]


def test_a_node_may_have_the_name_of_the_units_or_the_periods(tmp_path: Path) -> None:
    import pandas as pd

    columns = {"geo": np.array([1.0, 1.0, 0.0, 0.0]), "week": np.arange(4.0)}
    panel = Panel(columns, DATES, "week", "week", "a.csv", **GEOS, levels={"geo": ("B", "Süd")})
    (tmp_path / "data.parquet").write_bytes(panel_bytes(panel))
    assert same(read_panel_file(tmp_path / "data.parquet"), panel)
    assert list(pd.read_parquet(tmp_path / "data.parquet").columns) == ["geo_", "week_", "geo", "week"]


def test_a_single_series_is_written_as_before_there_were_units(tmp_path: Path) -> None:
    panel = Panel({"tv": np.ones(2)}, np.array([7, 8]), "day", "period", "a.csv")
    (tmp_path / "data.parquet").write_bytes(panel_bytes(panel))
    about = json.loads(pq.read_schema(tmp_path / "data.parquet").metadata[b"bayes_roi"])
    assert about == {"time": "day", "periods": True, "frequency": "period", "source": "a.csv", "audit": []}
    assert same_rows(read_panel_file(tmp_path / "data.parquet").clock, np.arange(2))


def some_draws() -> xr.DataTree:
    """Return parameters with odd names, in no order, one of them a vector, and divergences."""
    rng = np.random.default_rng(1)
    names = ["b.tv: all.half", "a. TV (€) .effect", "z.x:y.effect", "a.intercept"]
    draws = {name: (("chain", "draw"), rng.normal(size=(2, 5))) for name in names}
    draws["a.season.effect"] = (("chain", "draw", "a.season.basis"), rng.normal(size=(2, 5, 3)))
    coords = {"chain": np.arange(2), "draw": np.arange(5)}
    diverging = xr.Dataset({"diverging": (("chain", "draw"), rng.random((2, 5)) < 0.5)}, coords)
    posterior = xr.Dataset(draws, coords | {"a.season.basis": np.arange(3)})
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": diverging})


def groups_of(tree: xr.DataTree) -> Groups:
    """Return draws as a fit keeps them."""
    return {
        group: {str(name): Labelled.of(x) for name, x in node.data_vars.items()}
        for group, node in tree.children.items()
    }


def test_names_and_groups_of_a_posterior_are_kept(shop_fit: Fit, tmp_path: Path) -> None:
    tree = some_draws()
    (tmp_path / "posterior.nc").write_bytes(posterior_bytes(groups_of(tree)))
    back = read_posterior(tmp_path / "posterior.nc", order=tree["posterior"].data_vars)
    fit = replace(shop_fit, groups=back)
    assert fit.posterior.identical(tree)
    assert list(fit.posterior["posterior"].data_vars) == list(tree["posterior"].data_vars)
    assert fit.posterior["sample_stats"]["diverging"].dtype == bool


def test_a_posterior_is_written_as_xarray_would_write_it(tmp_path: Path) -> None:
    tree = some_draws()
    (tmp_path / "ours.nc").write_bytes(posterior_bytes(groups_of(tree)))
    compressed = {"zlib": True, "shuffle": True, "complevel": 4}
    encoding = {f"/{group}": dict.fromkeys(node.data_vars, compressed) for group, node in tree.children.items()}
    tree.to_netcdf(tmp_path / "theirs.nc", engine="h5netcdf", encoding=encoding)
    with xr.open_datatree(tmp_path / "ours.nc") as ours, xr.open_datatree(tmp_path / "theirs.nc") as theirs:
        assert ours.identical(theirs)
        for group, node in theirs.children.items():
            assert dict(ours[group].sizes) == dict(node.sizes)
            for name, x in node.variables.items():
                mine = ours[group].variables[name]
                assert mine.dtype == x.dtype
                for key in ("compression", "compression_opts", "shuffle", "chunksizes"):
                    assert mine.encoding.get(key) == x.encoding.get(key), (name, key)
    for file in ("ours.nc", "theirs.nc"):  # runs of earlier versions were written by xarray
        read = read_posterior(tmp_path / file, order=tree["posterior"].data_vars)
        assert list(read) == ["posterior", "sample_stats"]
        for group, named in read.items():
            for name, x in named.items():
                xr.testing.assert_identical(x.xarray, tree[group][name].rename(None))


def test_a_posterior_opens_as_plain_netcdf(run: Path, shop_fit: Fit) -> None:
    opened = xr.load_dataset(run / "posterior.nc", group="posterior")
    xr.testing.assert_identical(opened["revenue.sigma"], shop_fit.posterior["posterior"]["revenue.sigma"])


def test_a_failed_diagnosis_stays_failed(shop_fit: Fit, tmp_path: Path) -> None:
    few = br.fit(shop_fit.model, shop_fit.data, seed=3, draws=20)
    back = br.read_run(br.write_run(few, tmp_path / "few", report=False))
    assert not few.diagnosis
    assert back.diagnosis.problems == few.diagnosis.problems


def test_undefined_figures_of_a_diagnosis_are_kept(shop_fit: Fit, tmp_path: Path) -> None:
    block = replace(shop_fit.diagnosis.blocks[0], rhat=float("nan"), ess_tail=float("inf"), ebfmi=float("nan"))
    odd = replace(shop_fit, diagnosis=replace(shop_fit.diagnosis, blocks=(block,)))
    back = br.read_run(br.write_run(odd, tmp_path / "odd", report=False))
    assert repr(back.diagnosis.blocks) == repr(odd.diagnosis.blocks)
    assert json.loads((tmp_path / "odd" / "estimates.json").read_text())["diagnosis"]["max_rhat"] is None


def test_a_run_of_three_years_of_weeks_and_4000_draws_of_sixty_parameters_is_small(
    funnel: Model, funnel_data: Panel, funnel_truth: Truth, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    draws = {
        name: np.abs(np.asarray(value) * (1 + 0.01 * rng.normal(size=(4000, *np.shape(value)))))
        for name, value in funnel_truth.parameters.items()
    }
    draws |= {f"more.p{i}": rng.normal(size=4000) for i in range(60 - len(draws))}
    pytest.importorskip("bayes_roi.report.html")
    run = br.write_run(fit_of(funnel, funnel_data, draws), tmp_path / "run")
    sizes = {file.name: file.stat().st_size for file in run.iterdir()}
    print(f"{funnel_data.rows} weeks, {len(draws)} parameters: {sum(sizes.values()) / 1e6:.2f} MB {sizes}")
    assert sum(sizes.values()) < 5e6


def test_labels_of_panel_units_are_kept_and_open_in_xarray(tmp_path: Path) -> None:
    units = ["north", "Süd", "ünï"]
    by_unit = Labelled(
        np.arange(12.0).reshape(2, 2, 3), ("chain", "draw", "geo"), along(chain=[0, 1], draw=[0, 1], geo=units)
    )
    (tmp_path / "posterior.nc").write_bytes(posterior_bytes({"posterior": {"y.intercept.by_unit": by_unit}}))
    back = read_posterior(tmp_path / "posterior.nc", order=["y.intercept.by_unit"])["posterior"]["y.intercept.by_unit"]
    assert back.labels("geo").tolist() == units
    xr.testing.assert_identical(back.xarray, by_unit.xarray)
    opened = xr.load_dataset(tmp_path / "posterior.nc", group="posterior")["y.intercept.by_unit"]
    assert opened.sel(geo="Süd").values.tolist() == by_unit.array[..., 1].tolist()


@pytest.mark.slow
def test_under_one_time_a_second_run_is_the_same_folder(
    shop_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Report and manifest too, which otherwise tell when the run was made and how long it took."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    again = br.fit(shop_fit.model, shop_fit.data, seed=3, draws=500)
    first, second = (br.write_run(f, tmp_path / name) for f, name in ((shop_fit, "a"), (again, "b")))
    names = sorted(file.name for file in first.iterdir())
    assert names == ["data.parquet", "estimates.json", "manifest.json", "model.yaml", "posterior.nc", "report.html"]
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
    assert " s, " not in repr(br.read_run(first).diagnosis.blocks)


def test_a_time_that_is_none_is_told_before_the_fit(
    shop_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for given in ("soon", "-1e9", "9" * 30):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
        with pytest.raises(br.RunError, match="SOURCE_DATE_EPOCH must be seconds since 1970, got"):
            br.write_run(shop_fit, tmp_path / "run")
    assert not list(tmp_path.iterdir())
