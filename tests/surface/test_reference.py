"""docs/reference.md and docs/gallery.md are what the docstrings say, and every picture is there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import bayes_roi as br

ROOT = Path(__file__).resolve().parents[2]
REMEDY = "run `make reference` and commit docs/reference.md, docs/gallery.md and docs/gallery/"
sys.path.insert(0, str(ROOT / "tools"))  # the pages are written by scripts, which are no package

import reference  # noqa: E402


def test_the_reference_is_what_the_docstrings_say() -> None:
    assert reference.REFERENCE.read_text(encoding="utf-8") == reference.reference(), REMEDY


def test_every_public_name_is_on_the_page_once() -> None:
    text = reference.REFERENCE.read_text(encoding="utf-8")
    assert sorted(re.findall(r"^### br\.(\w+)$", text, re.M)) == sorted(br.__all__)


def test_links_of_the_page_lead_to_its_heads() -> None:
    text = reference.REFERENCE.read_text(encoding="utf-8")
    seen: dict[str, int] = {}
    anchors = set()
    for head in re.findall(r"^#+ (.+)$", text, re.M):
        slug = re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")
        anchors.add(slug if slug not in seen else f"{slug}-{seen[slug]}")
        seen[slug] = seen.get(slug, 0) + 1
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


def test_the_gallery_is_what_the_pictures_say() -> None:
    text = reference.GALLERY.read_text(encoding="utf-8")
    assert text == reference.gallery(), REMEDY
    shown = set(re.findall(r"\]\(gallery/(\w+)\.svg\)", text))
    assert shown == {path.stem for path in reference.PICTURES.iterdir()}, REMEDY
    for stem in shown:
        assert (reference.PICTURES / f"{stem}.svg").read_text(encoding="utf-8").startswith("<svg xmlns="), stem
