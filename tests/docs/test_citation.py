"""CITATION.cff and CHANGELOG.md keep up with the package."""

import yaml

import stal_plugin

from .pages import ROOT


def test_citation_has_what_the_format_asks_for() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["version"] == stal_plugin.__version__
    papers = [
        p
        for reference in citation["references"]
        for p in reference.get("identifiers", [])
    ]
    assert "arXiv:2012.08097" in {paper["value"] for paper in papers}


def test_changelog_has_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {stal_plugin.__version__}\n" in text
    assert text.index("## Unreleased") < text.index(f"## {stal_plugin.__version__}")
