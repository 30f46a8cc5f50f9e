import re
from dataclasses import replace
from pathlib import Path

import pytest
from analysis.collected_runs import find_runs
from analysis.finished_run import read_run
from analysis.model_zoo import (
    BEGIN,
    END,
    ZooEntry,
    first_sentence,
    read_entry,
    replace_tables,
    zoo_markdown,
    zoo_table,
)

from stal_plugin.engine.model_cost import ModelCost

ROOT = Path(__file__).resolve().parents[3]
CONFIGS = ROOT / "configs"
COST = ModelCost((8, 96, 112), 4_160_000, 420_000_000)


def test_what_a_config_is_stands_at_its_top(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("# YOWO, beta = 0.7 or so,\n# as printed. More about it.\nx = 1\n")
    assert first_sentence(path) == "YOWO, beta = 0.7 or so, as printed."
    path.write_text("# Small. `make demo` trains it.\n")
    assert first_sentence(path) == "Small."
    path.write_text("x = 1  # no\n")
    with pytest.raises(ValueError, match=r"a\.py begins without a comment"):
        first_sentence(path)


def test_runs_of_the_same_name_and_clip_are_found(make_run) -> None:
    path = CONFIGS / "mini/yowo_agot.py"
    runs = [read_run(make_run("yowo_agot", seed=seed)) for seed in (0, 1)]
    other = read_run(make_run("yowo_diyanchor_agot"))
    small = read_entry(path, [*runs, other])
    assert small.cost.clip == (8, 112, 112)  # the runs had 8 x 96 x 112
    assert small.runs == ()
    vars(runs[0])["clip"] = vars(runs[1])["clip"] = (8, 112, 112)
    assert read_entry(path, [*runs, other]).runs == (runs[0], runs[1])
    full = read_entry(CONFIGS / "yowo_agot.py", runs)
    assert full.runs == ()
    assert full.weights == ("yolov2-coco", "resnet3d18-kinetics")


def test_table(make_run) -> None:
    runs = [read_run(make_run("b", s, frame_map=f)) for s, f in ((0, 0.5), (2, 0.75))]
    entries = [
        ZooEntry(Path("configs/a.py"), "A.", COST, ("w", "v"), ()),
        ZooEntry(Path("configs/b.py"), "B.", COST, (), tuple(runs)),
    ]
    head, *rows = zoo_table(entries)
    scores = ["frame-mAP@0.5", "loc. recall", "cls. accuracy"]
    assert head[5:] == ["starts from", "trained here", *scores]
    cells = ["8 x 96 x 112", "4.16 M", "0.42 G"]
    assert rows[0] == ["`a`", "A.", *cells, "w, v", "no", "", "", ""]
    trained = ["random", "2 epochs, seeds 0, 2", "0.625 ± 0.177"]
    assert rows[1] == ["`b`", "B.", *cells, *trained, "0.750 ± 0.000", "0.625 ± 0.000"]
    head, row = zoo_table([ZooEntry(Path("a.py"), "A.", COST, (), ())])
    assert head == [*head[:5], "trained here"]
    assert row[-1] == "no"


def test_runs_of_another_start_have_a_line_of_their_own(make_run) -> None:
    runs = [read_run(make_run("b", s, frame_map=f)) for s, f in ((0, 0.5), (1, 0.75))]
    cold, warm = runs
    warm = replace(warm, notes=(), epochs=1)
    entry = ZooEntry(Path("configs/b.py"), "B.", COST, (), (warm, cold))
    row = zoo_table([entry])[1]
    assert row[5] == "2 epochs, seed 0<br>1 epochs from weights, seed 1"
    assert row[6:] == ["0.500<br>0.750", "0.750<br>0.750", "0.625<br>0.625"]


def test_a_table_per_folder() -> None:
    entries = [
        ZooEntry(Path(p), "A.", COST, (), ()) for p in ("c/x.py", "c/m/y.py", "c/z.py")
    ]
    text = zoo_markdown(entries)
    assert re.findall(r"^(### .*|\| `.*?`)", text, re.M) == [
        *("### c", "| `x`", "| `z`", "### c/m", "| `y`")
    ]


def test_only_the_tables_of_a_document_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "d.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for text in ("new", "newer"):
        replace_tables(path, text)
        assert path.read_text() == f"before\n{BEGIN}\n\n{text}\n\n{END}\nafter\n"
    path.write_text(f"{END} {BEGIN}")
    with pytest.raises(ValueError, match=r"d\.md has no lines '<!-- tables: begin"):
        replace_tables(path, "x")


def _listed() -> dict[Path, list[str]]:
    """The cells of each row of docs/model_zoo.md by its config."""
    text = (ROOT / "docs/model_zoo.md").read_text(encoding="utf-8")
    rows: dict[Path, list[str]] = {}
    folder = ROOT
    for line in text.partition(BEGIN)[2].partition(END)[0].splitlines():
        if line.startswith("### "):
            folder = ROOT / line.removeprefix("### ")
        elif line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            rows[folder / f"{cells[0].strip('`')}.py"] = cells
    return rows


def test_the_model_zoo_has_the_configs_as_they_are() -> None:
    """Run tools/analysis/model_zoo.py again when a listed config has changed."""
    rows = _listed()
    assert len(rows) >= 50
    assert list(rows) == sorted(rows, key=lambda path: (path.parent, path.name))
    for path, row in rows.items():
        assert row[1] == first_sentence(path), path
        if path.stem in ("yowo_jhmdb", "yolov3_agot", "linknet-conv3d_agot"):
            (fresh,) = zoo_table([read_entry(path)])[1:]
            assert row[2:5] == fresh[2:5], path


def test_every_recorded_run_is_of_a_listed_config() -> None:
    names = {path.stem for path in _listed() if path.parent.name == "mini"}
    runs, _ = find_runs([ROOT / "docs/runs.json"])
    assert {run.name for run in runs} <= names


def test_the_scores_of_the_model_zoo_are_those_of_the_records() -> None:
    runs, _ = find_runs([ROOT / "docs/runs.json"])
    for path, row in _listed().items():
        if path.parent.name != "mini":
            continue
        clip = tuple(map(int, row[2].split(" x ")))
        own = [run for run in runs if (run.name, run.clip) == (path.stem, clip)]
        cost = ModelCost(clip, 0, 0)
        trained = ZooEntry(Path("y.py"), "", cost, (), tuple(runs))  # for the columns
        entry = ZooEntry(Path("x.py"), "", cost, (), tuple(own))
        assert row[-4:] == zoo_table([entry, trained])[1][-4:], path
