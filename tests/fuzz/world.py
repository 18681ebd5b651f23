"""The base that cases work in: the shop, its run, its plan and the library imported once."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from bayes_roi.cli import main
from tests.surface import shop

WARM = (
    ("run", "shop.yaml", "--out", "run", "--draws", "200", "--no-report"),
    ("scenario", "run", "-o", "plan.csv", "--periods", "8"),
    ("scenario", "run", "-o", "plan.xlsx", "--periods", "8", "--name", "other"),
    ("check", "weekly_funnel"),
    ("compare", "run", "plan.csv", "plan.xlsx"),
    ("simulate", "weekly_funnel", "-o", "warm.csv"),
    ("report", "run", "-o", "warm.html"),
)


def build(folder: Path) -> Path:
    """Make the base in a folder; what is imported on the way is there in every fork."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shop.yaml").write_text(shop.MODEL)
    (folder / "shop.csv").write_text(shop.table())
    here = os.getcwd()
    os.chdir(folder)
    try:
        for arguments in WARM:
            with open(os.devnull, "w") as quiet, contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
                try:
                    main(list(arguments))
                except SystemExit as ended:
                    if ended.code not in (0, None):
                        raise RuntimeError(f"{' '.join(arguments)} ended with {ended.code}") from None
        for name in ("warm.csv", "warm.html"):
            Path(name).unlink()
    finally:
        os.chdir(here)
    return folder
