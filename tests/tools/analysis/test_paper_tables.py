from dataclasses import replace

from analysis.collected_runs import find_runs
from analysis.paper_tables import (
    TABLES,
    class_table,
    comparability,
    models_table,
    spread,
    to_csv,
    to_markdown,
    unlike_runs,
)


def _as_dicts(rows: list[list[str]]) -> dict[str, dict[str, str]]:
    return {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}


def _runs(*work_dirs):
    return find_runs(list(work_dirs))[0]


def test_seeds_of_a_config_are_one_row_with_spread(make_run):
    runs = _runs(
        make_run("yowo_agot", 0, 0.5),
        make_run("yowo_agot", 1, 0.7),
        make_run("linknet-gated-expand-conv3d_agot", 0, 0.4),
    )
    table = _as_dicts(models_table(runs, "agot"))
    row = table["yowo_agot"]
    assert row["runs"] == "2 (seed 0, 1)"
    assert row["frame-mAP@0.5"] == "60.0 ± 14.1"  # sample deviation of 50 and 70
    assert (row["loc. recall"], row["loc. recall @0.005"]) == (
        "75.0 ± 0.0",
        "90.0 ± 0.0",
    )
    assert row["s/epoch"] == "10 ± 0"
    assert (row["paper frame-mAP"], row["paper h/epoch"]) == ("8.01", "1.2")
    linked = table["linknet-gated-expand-conv3d_agot"]
    assert linked["links"] == "gated expand + conv3d"
    assert linked["paper recall"] == ""
    empty = table["yowo_diyanchor_agot"]
    assert (empty["runs"], empty["frame-mAP@0.5"]) == ("0", "")
    assert empty["paper accuracy"] == "93.8"


def test_sizes_of_clips_are_not_mixed(make_run):
    runs = _runs(make_run("yowo_agot", 0, 0.5), make_run("yowo_agot", 0, 0.7, 16))
    rows = [row for row in models_table(runs, "agot") if row[0] == "yowo_agot"]
    assert [(row[1], row[10]) for row in rows] == [
        ("8 x 96 x 112", "50.0"),
        ("16 x 96 x 112", "70.0"),
    ]


def test_starts_and_lengths_are_not_mixed(make_run):
    cold, other, warm = _runs(*(make_run("yowo_agot", s, 0.25 * s) for s in (1, 2, 3)))
    runs = [cold, replace(other, epochs=9), replace(warm, notes=())]
    rows = [row for row in models_table(runs, "agot") if row[0] == "yowo_agot"]
    assert [(row[3], row[5], row[10]) for row in rows] == [
        ("random", "2", "25.0"),
        ("random", "9", "50.0"),
        ("weights", "2", "75.0"),
    ]
    assert [head.split("112, ")[-1] for head in class_table(runs)[0][1:4]] == [
        *("2 epochs", "9 epochs", "2 epochs from weights")
    ]
    assert unlike_runs([cold, replace(warm, notes=(), settings={"x": "y"})]) == []


def test_table_2_takes_the_runs_on_jhmdb_only(make_run):
    runs = _runs(make_run("yowo_agot"), make_run("linknet-conv3d_jhmdb", 0, 0.25))
    table = _as_dicts(models_table(runs, "jhmdb"))
    assert "yowo_agot" not in table
    assert table["linknet-conv3d_jhmdb"]["frame-mAP@0.5"] == "25.0"
    assert table["linknet-conv3d_jhmdb"]["links"] == "conv3d"
    assert table["yowo_jhmdb"]["paper frame-mAP"] == "68"


def test_table_4_has_the_actions_of_table_1_in_order(make_run):
    runs = _runs(make_run("yowo_agot", 0, 0.5, Clean_counter=0.25, Own_label=0.5))
    rows = class_table(runs)
    assert rows[1][0] == "Pick up from bin with tong or scooper"
    assert [row[0] for row in rows[1:]][-1] == "Own label"
    table = _as_dicts(rows)
    assert table["Clean counter"]["yowo_agot 8 x 96 x 112, 2 epochs"] == "25.0"
    assert table["Clean counter"]["paper yowo_agot"] == "11.1"
    assert table["Roll a sushi roll"]["yowo_agot 8 x 96 x 112, 2 epochs"] == ""
    assert table["Roll a sushi roll"]["paper yolov3_agot"] == "96.2"
    assert table["Own label"]["paper yowo_agot"] == ""


def test_what_is_not_comparable_is_named(make_run):
    lines = comparability(_runs(make_run("yowo_agot"), make_run("linknet-expand_agot")))
    assert "16 x 224 x 224" in lines[0]
    assert lines[1].startswith("linknet-expand_agot, yowo_agot: clips of another size;")
    assert "synthetic footage" in lines[1]


def test_a_spread_that_is_not_over_seeds_is_named(make_run, tmp_path):
    pair = [make_run("yowo_agot", seed) for seed in (0, 1)]
    assert unlike_runs(_runs(*pair)) == []
    work_dir = make_run("yowo_agot", 2)
    config = work_dir / "yowo_agot.py"
    config.write_text(config.read_text() + "optim_wrapper = dict(lr=3)\n")
    (line,) = unlike_runs(_runs(*pair, work_dir))
    assert line.startswith("yowo_agot: the runs of this row differ in more than the")
    assert line.endswith("seed, in optim_wrapper of their configs.")
    runs = _runs(*pair, work_dir)
    runs[2].settings.clear()
    assert unlike_runs(runs) == []  # unknown settings are no other settings
    (line,) = unlike_runs(_runs(*pair, pair[1]))
    assert line.startswith("yowo_agot: several runs with seed 1; the spread is not one")
    assert line in comparability(_runs(*pair, pair[1]))


def test_spread():
    assert spread([]) == ""
    assert spread([1.25]) == "1.2"
    assert spread([1.0, 3.0]) == "2.0 ± 1.4"


def test_formats():
    rows = [["a", "b"], ["1", "x, y"]]
    assert to_markdown(rows) == "| a | b |\n|---|---|\n| 1 | x, y |"
    assert to_csv(rows) == 'a,b\n1,"x, y"\n'
    assert [name for name, _, _ in TABLES] == ["table2", "table3", "table4"]
