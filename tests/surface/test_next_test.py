"""A test that is proposed, made and filled in is what `run --experiments` reads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from tests.surface.conftest import Command


def test_a_proposed_test_filled_in_is_what_run_reads(funnel_fit: Fit, tmp_path: Path, bayes_roi: Command) -> None:
    run = br.write_run(funnel_fit, tmp_path / "run", report=False)
    file = tmp_path / "next.yaml"
    told = bayes_roi("value-of-information", str(run), "--periods", "8", "-o", str(file), "--json")
    assert told.code == 0
    assert json.loads(told.out)["value_of_information"]["experiments"]
    planned = br.read_experiments(file)
    assert not any(t.has_result for t in planned)
    done = [replace(t, estimate=-1e5, se=1e6, randomised=True, rows="elsewhere") for t in planned]
    fit = br.fit(
        funnel_fit.model, funnel_fit.data, experiments=br.read_experiments(br.write_experiments(done, file)), draws=100
    )
    assert len(fit.experiments) == len(planned)
    designed = bayes_roi("design-test", str(run), "search", "--periods", "4", "-o", str(tmp_path / "one.yaml"))
    assert designed.code == 0
    assert "ROI interval" in designed.out
    assert len(br.read_experiments(tmp_path / "one.yaml")) == 1
