"""Write data/campaign_roi.csv: the campaigns of models/campaign_roi.yaml, with the ROI that the books show.

    python tools/campaign_table.py [-o FILE]

The rows are drawn by `br.simulate` from data/campaign_roi.truth.json, whose seed makes them the same each time. The
column `roi` is margin x revenue / budget - 1 of the values as they are written.
"""

from __future__ import annotations

import argparse
import csv
import io
import tempfile
from pathlib import Path

import bayes_roi as br
from bayes_roi.atomic import write_whole
from bayes_roi.model.simulation.truth import read_truth
from bayes_roi.model.simulation.write_table import write_table

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description="Write the table of campaigns.")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "data" / "campaign_roi.csv")
    write_whole(parser.parse_args().output, campaigns())


def campaigns() -> str:
    """Return the table as CSV."""
    model = br.read_model(ROOT / "models" / "campaign_roi.yaml")
    panel = br.simulate(model, read_truth(ROOT / "data" / "campaign_roi.truth.json"))
    with tempfile.TemporaryDirectory() as folder:
        write_table(panel, Path(folder) / "nodes.csv")
        rows = list(csv.DictReader((Path(folder) / "nodes.csv").read_text(encoding="utf-8").splitlines()))
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*(model.columns.get(node, node) for node in rows[0]), "roi"])
    for row in rows:
        roi = float(model.margin) * float(row["revenue"]) / float(row["budget"]) - 1
        table.writerow([*row.values(), f"{roi:.4f}"])
    return text.getvalue()


if __name__ == "__main__":
    main()
