"""What the documents must not hold, and numbers that must agree."""

import itertools
import json
import re
import statistics
from collections import Counter
from pathlib import Path

import pytest
from analysis.collected_runs import read_records
from analysis.finished_run import FinishedRun
from analysis.paired_seeds import paired_table
from analysis.paper_tables import to_markdown

from .pages import PAGES, ROOT, prose

RECORDS = read_records(ROOT / "docs/runs.json")
FIRST = read_records(ROOT / "docs/runs-1.json")
REAL = read_records(ROOT / "docs/runs-weizmann.json")
KEYS = "frame-mAP@0.5", "localization_recall", "classification_accuracy"
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


def _fold(run: FinishedRun) -> str:
    return run.fold


def _rows_of(heading: str, columns: int) -> list[list[str]]:
    """Cells of the rows that name a config, below a heading of the restudy."""
    page = (ROOT / "docs/restudy.md").read_text(encoding="utf-8")
    part = page.partition(f"\n{heading}")[2].partition("\n##")[0]
    rows = [
        line.strip("| ").split(" | ") for line in re.findall(r"^\| `.*$", part, re.M)
    ]
    return [row for row in rows if len(row) == columns]


@pytest.mark.parametrize(("heading", "epochs"), [("### 4.1 ", 6), ("### 4.2 ", 4)])
def test_the_tables_of_the_restudy_are_made_of_the_records(
    heading: str, epochs: int
) -> None:
    runs = [run for run in RECORDS if run.epochs == epochs]
    runs = [run for run in runs if run.pretrained == (epochs == 4)]
    made = to_markdown(paired_table(runs, "yowo_agot"))
    rows = _rows_of(heading, 8)
    assert len(rows) > 8
    for row in rows:
        assert " | ".join(row).replace("`", "") in made


def test_other_rows_of_the_restudy_are_made_of_the_records() -> None:
    rows = _rows_of("### 4.1 ", 7)
    assert len(rows) > 5
    for name, epochs, seeds, *scores, _ in rows:
        own = [run for run in RECORDS if run.name == name.strip("`")]
        own = [r for r in own if r.epochs == int(epochs) and not r.pretrained]
        assert seeds == ", ".join(str(run.seed) for run in own)
        assert scores == [spread([run.metrics[key] for run in own]) for key in KEYS]


def test_the_table_of_real_footage_is_made_of_its_records() -> None:
    folds = Counter(run.name for run in REAL)
    assert {*folds.values()} == {9}
    heading = "## 6. On real footage"
    rows = [*_rows_of(heading, 6), *_rows_of(heading, 8)]  # the base has no difference
    assert {row[0].strip("`") for row in rows} == {*folds}
    made = to_markdown(paired_table(REAL, "yowo-pretrained"))
    for row in rows:
        assert " | ".join(row).replace("`", "") in made
    people = _rows_of(heading, 11)
    assert len(people) == len(folds)
    for name, *scores, minutes in people:
        own = sorted((r for r in REAL if r.name == name.strip("`")), key=_fold)
        assert scores == [f"{run.metrics['frame-mAP@0.5']:.3f}" for run in own]
        taken = [run.epochs * (run.seconds or 0) / 60 for run in own]
        assert minutes == f"{statistics.mean(taken):.1f}"


@pytest.mark.parametrize(
    ("heading", "epochs"),
    [
        ("### From random initialisation, 8 epochs", 8),
        ("### From pretrained branches, first edition", 4),
    ],
)
def test_the_first_edition_is_made_of_its_records(heading: str, epochs: int) -> None:
    runs = [run for run in (*FIRST, *RECORDS) if run.epochs == epochs]
    runs = [run for run in runs if run.pretrained == (epochs == 4)]
    in_first = {run.name for run in FIRST if run.epochs == epochs}
    rows = _rows_of(heading, 8)
    assert len(rows) > 10
    for quoted, seeds, *scores in rows:
        name = quoted.strip("`")
        source = FIRST if name in in_first else RECORDS
        own = [run for run in runs if run.name == name and run in source]
        assert len(own) == int(seeds), name
        assert scores[:3] == [spread([r.metrics[k] for r in own]) for k in KEYS], name


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
