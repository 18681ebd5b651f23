"""What a user does wrong: one message on stderr, exit code 2, nothing on stdout and nothing written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bayes_roi.cli import files
from tests.surface import shop
from tests.surface.conftest import Command

NODES = "nodes are tv_spend, radio_spend, demand, clicks, revenue"
DAMAGED = (
    "runs/damaged is damaged: posterior.nc has changed; "
    "fit again with --overwrite, or bring the folder back from a copy"
)
NEGATIVE = (
    "negative.csv: 1 problem\n  - row 3, column 'tv_spend': the spend is negative, -1900.23; "
    "write what was spent, 0 or more; a refund belongs to the period of its spend"
)
NOT_SHIPPED = "'nope' is neither a file nor one that comes with bayes_roi: {models}"
IN_THE_WAY = "is there already and is not a run folder; name another folder"
A_RUN = "runs/shop holds a run already; name another folder, or replace it with --overwrite"
WINDOW = "write for example 2024, 2024-10, 2024-Q4, 2024-10:2024-12 or 'last 8 weeks'"

RUN_CASES = {
    "run nope.yaml": "there is no file nope.yaml, did you mean 'shop.yaml'?",
    "run nope": NOT_SHIPPED,
    "run .": ". is a folder; name a model file, e.g. model.yaml",
    "run broken.yaml": "broken.yaml line 1: a bracket that is opened here is not closed",
    "run latin.yaml": "latin.yaml line 1: byte 0xE9 is not UTF-8; save the file as UTF-8",
    "run typo.yaml": "typo.yaml line 3: the outcome 'revenu' has no equation, did you mean 'revenue'?; "
    "write revenu ~ its causes",
    "run shop.csv": "shop.csv line 1: expected keys with values, as in 'name: weekly funnel'",
    "run lonely.yaml": "there is no table lonely.csv in . or ../data; name one with --data FILE",
    "run shop.yaml --data nope.csv": "nope.csv: 1 problem\n"
    "  - table: there is no such file; check the path, did you mean 'shop.csv'?",
    "run shop.yaml --data notes": "notes: 1 problem\n"
    "  - table: this is a folder, not a file; give the path of a file in it",
    "run shop.yaml --data negative.csv": NEGATIVE,
    "run shop.yaml --data narrow.csv": "narrow.csv: 1 problem\n  - column 'demand': there is no such column; "
    "the table has 'week', 'tv_spend', 'radio_spend', 'clicks', 'revenue'; "
    "add it, or name the right column under columns in the model",
    "run shop.yaml --data empty.csv": "empty.csv: 1 problem\n"
    "  - table: the file is empty; write a header row and one row for each period",
    "run shop.yaml --data shop.yaml": "shop.yaml: 1 problem\n  - table: cannot read files of type '.yaml'; "
    "save it as one of .csv, .tsv, .txt, .parquet, .pq, .xlsx, .xlsm",
    "run shop.yaml --out new --draws 0": "draws must be a whole number, 1 or more, got 0",
    "run shop.yaml --out new --chains -1": "chains must be a whole number, 1 or more, got -1",
    "run shop.yaml --out a/b/c --engine magic": "engine must be 'auto' or 'nuts', got 'magic'",
    "run shop.yaml --out new --prob 90": "prob must be in (0, 1), got 90.0. Give a probability, e.g. 0.9",
    "run shop.yaml --out new --prob nan": "prob must be in (0, 1), got nan. Give a probability, e.g. 0.9",
    "run shop.yaml --clean missing=guess": "clean: missing must be one of 'error', 'zero', 'mean', 'median', "
    "'interpolate', 'model', got 'guess'.",
    "run shop.yaml --clean missing": "--clean takes NAME=VALUE, got 'missing'; write for example missing=interpolate",
    "run shop.yaml --clean colour=red": "clean: there is no option 'colour'. "
    "Choose from duplicates, gaps, missing, outliers, outlier_action, outlier_threshold, smooth, smooth_window.",
    "run shop.yaml --clean outlier_threshold=high": "--clean outlier_threshold must be a number, got 'high'",
    "run shop.yaml": A_RUN,
    "run shop.yaml --out runs/shop": A_RUN,
    "run shop.yaml --out notes": f"notes {IN_THE_WAY}",
    "run shop.yaml --out notes --overwrite": f"notes {IN_THE_WAY}",
    "run shop.yaml --out shop.csv": f"shop.csv {IN_THE_WAY}",
    "run shop.yaml --out runs/annotated --overwrite": "runs/annotated holds notes.txt, not part of its run; "
    "move it elsewhere before overwriting",
    "run shop.yaml --out shop.csv/x": "cannot write {here}/shop.csv/x: {here}/shop.csv is a file, not a folder; "
    "name another folder",
    "run shop.yaml --out /": "/ cannot be a run folder; name a folder in it",
    "run lognormal.yaml": "lognormal.csv: 1 problem\n  - column 'clicks': the lognormal family needs values above zero,"
    " the lowest is -5; mend the data, or choose another family in families:",
    "run feedback.yaml --data shop.csv": "feedback.yaml line 10: unobserved: mood is known by its indicators only, the "
    "observed nodes with it in their equations, and needs at least 2 (it has none); its scale is fixed by noise of "
    "standard deviation one, its sign by a positive effect on the first indicator",
}
CHECK_CASES = {
    "check nope": NOT_SHIPPED,
    "check lonely.yaml": "there is no table lonely.csv in . or ../data; name one with --data FILE",
    "check shop.yaml --data negative.csv": NEGATIVE,
    "check shop.yaml --prob 5": "prob must be in (0, 1), got 5.0. Give a probability, e.g. 0.05",
}
QUERY_CASES = {
    "roi nowhere": "there is no run folder nowhere; bayes-roi run writes one",
    "roi notes": "notes is not a run folder: it has no manifest.json; name one that bayes-roi run wrote",
    "roi shop.yaml": "shop.yaml is a file, not a run folder; name the folder that bayes-roi run wrote",
    "roi runs/damaged": DAMAGED,
    "roi runs/annotated": "runs/annotated holds notes.txt, not part of the run; move it elsewhere",
    "roi runs/shop --prob 0": "prob must be in (0, 1), got 0.0. Give a probability, e.g. 0.9",
    "roi runs/free": "shop has no channels:, so there is no money to ask about; ask ate or do",
    "ate runs/shop nope --shift 1": f"'nope' is not a node of the model; {NODES}",
    "ate runs/shop tv --shift 1": "'tv' is not a node of the model; the channel 'tv' is the spend 'tv_spend'; " + NODES,
    "ate runs/shop tv_spend": "ate needs either --shift X or --between A B",
    "ate runs/shop tv_spend --shift 1 --between 0 1": "ate needs either --shift X or --between A B",
    "ate runs/shop tv_spend --between -5 0": "tv_spend = -5: spend would be -5 in some period; "
    "spend cannot be negative",
    "ate runs/shop tv_spend --shift nan": "what is done to 'tv_spend' must be a finite number, got nan",
    "ate runs/shop revenue --shift 1": "'revenue' cannot be both cause and outcome; name another outcome=",
    "ate runs/shop tv_spend --shift 1 --outcome revenu": "'revenu' is not a node of the model, "
    f"did you mean 'revenue'?; {NODES}",
    "ate runs/shop tv_spend --shift 1 --during 1999": "no period lies in '1999'; the rows run from 2021-01-04 to "
    "2024-10-28 (history is not counted)",
    "ate runs/shop tv_spend --shift 1 --during :1999": "no period lies in the time to '1999'; the rows run from "
    "2021-01-04 to 2024-10-28 (history is not counted)",
    "ate runs/shop tv_spend --shift -1e9 --during :2023": "tv_spend = tv_spend -1000000000 during the time to 2023: "
    "spend would be -999,999,925 in some period; spend cannot be negative",
    "roi \x1b[2Jrun": "there is no run folder \\x1b[2Jrun; bayes-roi run writes one",
    "ate runs/shop tv_spend --shift 1 --during a:b:c": f"a window is a period or FIRST:LAST, got 'a:b:c'; {WINDOW}",
    "ate runs/shop tv_spend --shift 1 --during :": f"a window is a period or FIRST:LAST, got ':'; {WINDOW}",
    "roi runs/shop --during 2024-13": f"'2024-13' is no window of time; {WINDOW}",
    "roi runs/shop --during 2024-10:soon": f"'soon' is no window of time; {WINDOW}",
    "roi runs/shop --during 2024-W60": f"'2024-W60' is no window of time; {WINDOW}",
    "roi runs/shop --during 2024-12:2024-10": "the window 2024-12 to 2024-10 ends before it begins; "
    "write 2024-10:2024-12",
    "do runs/shop": "do needs an intervention: NODE=VALUE, --scale NODE=F or --shift NODE=D",
    "do runs/shop tv_spend": "do takes NAME=VALUE, got 'tv_spend'; write for example tv_spend=0",
    "do runs/shop tv_spend=much": "tv_spend must be a number, got 'much'",
    "do runs/shop nope=1": f"'nope' is not a node of the model; {NODES}",
    "do runs/shop tv_spend=-1": "tv_spend = -1: spend would be -1 in some period; spend cannot be negative",
    "do runs/shop --scale tv_spend=inf": "what is done to 'tv_spend' must be a finite number, got inf",
    "do runs/damaged tv_spend=1": DAMAGED,
}
WRITING_CASES = {
    "report nowhere": "there is no run folder nowhere; bayes-roi run writes one",
    "report runs/shop -o notes": "-o: notes is a folder; name a file, for example notes/name.html",
    "report runs/shop -o x.txt": "-o: the name of the file must end in .html or .htm, got x.txt",
    "report runs/shop -o missing/x.html": "-o: there is no folder missing; make it, or name another file",
    "report runs/shop -o runs/shop/mine.html": "-o: runs/shop/mine.html is inside the run, which is not changed once "
    "it is written; name another file",
    "simulate nope -o x.csv": NOT_SHIPPED,
    "simulate shop.yaml -o x.docx": "-o: the name of the file must end in .csv, got x.docx",
    "simulate shop.yaml -o missing/x.csv": "-o: there is no folder missing; make it, or name another file",
    "simulate shop.yaml -o x.csv --truth nope": "'nope' is neither a file nor one that comes with bayes_roi: {truths}",
    "simulate shop.yaml -o x.csv --do tv_spend": "--do takes NAME=VALUE, got 'tv_spend'; write for example tv_spend=0",
    "simulate shop.yaml -o x.csv --do nope=1": f"'nope' is not a node of the model; {NODES}",
    "new shop": "shop.yaml is there already; choose another name",
    "new a/b": "'a/b' cannot name a file in this folder; write a plain name, for example my_funnel",
    "new mine --from nope": NOT_SHIPPED,
    "simulate shop.yaml -o": "Option '-o' requires an argument; bayes-roi COMMAND --help shows what there is",
    "roi runs/shop --json=3": "Option '--json' does not take a value; bayes-roi COMMAND --help shows what there is",
}
USAGE_CASES = {
    "rum shop.yaml": "No such command 'rum'",
    "run": "Missing argument 'MODEL'.",
    "run shop.yaml --dat x": "No such option: --dat",
    "run shop.yaml --draws many": "Invalid value for '--draws'",
    "run shop.yaml --seed -1": "Invalid value for '--seed'",
    "ate runs/shop": "Missing argument 'NODE'.",
    "ate runs/shop tv_spend --shift much": "Invalid value for '--shift'",
    "simulate shop.yaml": "Missing option '-o'",
    "simulate shop.yaml -o x.csv --periods 0": "Invalid value for '--periods'",
}


@pytest.fixture
def mess(here: Path) -> Path:
    """The shop, and beside it files and folders with something wrong."""
    table = shop.table()
    (here / "notes").mkdir()
    (here / "notes" / "todo.txt").write_text("call the radio station")
    (here / "lonely.yaml").write_text(shop.MODEL)
    (here / "broken.yaml").write_text("name: [shop\n")
    (here / "latin.yaml").write_bytes(shop.MODEL.replace("shop", "caf\xe9").encode("latin-1"))
    (here / "typo.yaml").write_text(shop.MODEL.replace("outcome: revenue", "outcome: revenu"))
    (here / "negative.csv").write_text(table.replace("2021-01-11,", "2021-01-11,-", 1))
    (here / "narrow.csv").write_text("\n".join(_without(line, 3) for line in table.splitlines()))
    (here / "empty.csv").write_text("")
    (here / "lognormal.yaml").write_text(shop.MODEL + "families: {clicks: lognormal}\n")
    (here / "lognormal.csv").write_text("\n".join([*table.splitlines()[:-1], "2024-10-28,1,1,1,-5,9"]) + "\n")
    (here / "feedback.yaml").write_text(shop.MODEL + "unobserved: [mood]\n")
    for name in ("damaged", "annotated"):
        shutil.copytree(here / "runs" / "shop", here / "runs" / name)
    (here / "runs" / "damaged" / "posterior.nc").write_bytes(b"zero")
    (here / "runs" / "annotated" / "notes.txt").write_text("the good one")
    return here


def _without(line: str, at: int) -> str:
    cells = line.split(",")
    return ",".join(cells[:at] + cells[at + 1 :])


def _there(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize("command", [*RUN_CASES, *CHECK_CASES, *QUERY_CASES, *WRITING_CASES])
def test_one_message_that_says_what_to_do(bayes_roi: Command, mess: Path, command: str) -> None:
    if command == "roi runs/free":
        (mess / "free.yaml").write_text(shop.MODEL.replace("channels: {tv: tv_spend, radio: radio_spend}\n", ""))
        bayes_roi("run", "free.yaml", "--data", "shop.csv", "--no-report")
    if command.startswith("report"):
        pytest.importorskip("bayes_roi.report.html")
    before = _there(mess)
    said = bayes_roi(*command.split())
    expected = {**RUN_CASES, **CHECK_CASES, **QUERY_CASES, **WRITING_CASES}[command].format(
        here=mess.resolve(),
        models=", ".join(files.shipped_names("models", files.MODELS)),
        truths=", ".join(files.shipped_names("data", (".truth.json",))),
    )
    assert (said.code, said.out, said.err) == (2, "", f"error: {expected}\n")
    assert _there(mess) == before


@pytest.mark.parametrize("command", USAGE_CASES)
def test_usage_in_plain_text(bayes_roi: Command, mess: Path, command: str) -> None:
    before = _there(mess)
    said = bayes_roi(*command.split())
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Usage: bayes-roi ")
    assert f"Error: {USAGE_CASES[command]}" in said.err
    assert "Traceback" not in said.err
    assert _there(mess) == before
