"""What the documents must not hold, and numbers that must agree."""

import itertools
import json
import re
import statistics
from pathlib import Path

import pytest

from .pages import PAGES, ROOT, prose

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
LEFTOVERS = {
    "a commit hash": r"(?<![-\w])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}\b",
    "a machine's letter": r"\b[Mm]achines? [A-Z]\b|\b\d [ABC]\b(?! \d)|\bon [ABC]\b",
    "an empty box": r"^\[\] ?\d*",
    "a path of a machine": r"(?<![\w.])/(?:root|home|work|tmp)/",
    "a mark to fill in": r"\bTODO\b|\bXXX\b|\bFIXME\b|\bLIVE_TABLE\b",
}


@each_page
@pytest.mark.parametrize("what", LEFTOVERS)
def test_page_has_no(page: Path, what: str) -> None:
    found = re.search(LEFTOVERS[what], page.read_text(encoding="utf-8"), re.M)
    assert found is None, f"{page.name}: {found}"


def test_the_patterns_find_what_they_look_for() -> None:
    examples = ["at 668636e", "machine B", "[] 30", "in /home/someone/x", "TODO"]
    for pattern, text in zip(LEFTOVERS.values(), examples, strict=True):
        assert re.search(pattern, text, re.M)
    assert re.search(LEFTOVERS["a machine's letter"], "| 0 B, 1 B, 2 C |")


@each_page
def test_headings_do_not_skip_a_level_and_tables_are_whole(page: Path) -> None:
    text = prose(page)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.M)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), page.name
    for table in re.findall(r"(?:^ *\|.*\|\n)+", text, re.M):
        cells = {re.sub(r"`[^`]*`", "", row).count("|") for row in table.splitlines()}
        assert len(cells) == 1, f"{page.name}: {table.splitlines()[0]}"


def spread(values: list[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}"


@pytest.mark.parametrize(
    ("heading", "epochs"),
    [("### 4.1 ", 8), ("### 4.2 ", 4)],
    ids=["scratch", "weights"],
)
def test_the_scores_of_the_restudy_are_those_of_the_records(
    heading: str, epochs: int
) -> None:
    files = ("docs/runs-1.json", "docs/runs.json")  # the first edition's come first
    runs = [r for f in files for r in json.loads((ROOT / f).read_text())["runs"]]
    page = (ROOT / "docs/restudy.md").read_text(encoding="utf-8")
    part = page.partition(heading)[2].partition("\n##")[0]
    rows = re.findall(
        r"^\| `([\w-]+)` \| (\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|", part, re.M
    )
    assert len(rows) > 12
    for name, seeds, *scores in rows:
        metrics = [
            run["metrics"]
            for run in runs
            if (run["name"], run["epochs"]) == (name, epochs)
        ]
        assert len(metrics) == int(seeds), name
        keys = "frame-mAP@0.5", "localization_recall", "classification_accuracy"
        assert scores == [spread([m[key] for m in metrics]) for key in keys], name


def test_the_scores_of_the_readme_are_those_of_the_records() -> None:
    runs = json.loads((ROOT / "docs/runs.json").read_text())["runs"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `([\w-]+)`(?:, (\d) epochs)?.*\| the [\w ]+ \| (.+) \| (.+) \|$",
        readme,
        re.M,
    )
    assert len(rows) == 5
    for name, epochs, *scores in rows:
        own = [run for run in runs if run["name"] == name]
        own = [run for run in own if any("random" in note for note in run["notes"])]
        own = [run for run in own if epochs in ("", str(run["epochs"]))]
        keys = "frame-mAP@0.5", "classification_accuracy"
        assert scores == [spread([r["metrics"][key] for r in own]) for key in keys]


def test_the_demo_s_score_stands_in_the_readme_alone() -> None:
    found = {
        page.name
        for page in PAGES
        if re.search(r"[Dd]emo[^|.]*frame-mAP@0\.5 (0\.\d+|DEMO_MAP)", page.read_text())
    }
    assert found == {"README.md"}
