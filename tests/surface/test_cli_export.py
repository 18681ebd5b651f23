"""bayes-roi export: the run's tables as Excel, and where it will not write."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

import bayes_roi as br
from tests.surface.conftest import Command


def test_export_writes_the_run_as_python_does(here: Path, bayes_roi: Command) -> None:
    said = bayes_roi("export", "runs/shop", "--prob", 0.5)
    assert (said.code, said.out, said.err) == (0, "runs/shop.xlsx\n", "")
    br.to_excel(br.read_run("runs/shop"), "own.xlsx", prob=0.5)
    ours, own = (openpyxl.load_workbook(name) for name in ("runs/shop.xlsx", "own.xlsx"))
    for sheet in own:
        assert list(ours[sheet.title].values) == list(sheet.values)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("tables.csv", "the name of the file must end in .xlsx, got tables.csv"),
        ("runs", "runs is a folder; name a file, for example runs/name.xlsx"),
        ("runs/shop/tables.xlsx", "is inside the run, which is not changed once it is written; name another file"),
        ("none/tables.xlsx", "there is no folder none"),
    ],
)
def test_where_it_cannot_be_written_is_told(here: Path, bayes_roi: Command, output: str, message: str) -> None:
    said = bayes_roi("export", "runs/shop", "-o", output)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
