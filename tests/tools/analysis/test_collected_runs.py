import json
from dataclasses import replace

import pytest
from analysis.collected_runs import find_runs, read_records, write_records
from analysis.finished_run import read_run


def test_unfinished_runs_are_left_out_with_the_command_that_finishes_them(make_run):
    done, open_ = make_run("yowo_agot"), make_run("yowo_agot", seed=1)
    (open_ / "metrics.json").unlink()
    runs, left_out = find_runs([done.parent])
    assert [run.seed for run in runs] == [0]
    (message,) = left_out
    assert str(open_) in message
    assert "tools/test.py" in message


def test_a_folder_with_two_configs_is_left_out(make_run):
    work_dir = make_run("yowo_agot")
    (work_dir / "other.py").write_text("")
    assert "holds 2 configs" in find_runs([work_dir])[1][0]


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none' does not exist"):
        find_runs([tmp_path / "none"])


def test_records_are_read_as_they_were_written(make_run, tmp_path):
    runs = [
        read_run(make_run("yowo_agot", seed, Clean_counter=0.25)) for seed in (1, 0)
    ]
    path = tmp_path / "new/runs.json"
    write_records(path, runs)
    assert read_records(path) == runs
    assert len(path.read_text().splitlines()) == 2 + len(runs)  # one line per run
    assert find_runs([path]) == (runs[::-1], [])
    assert [p.name for p in path.parent.iterdir()] == ["runs.json"]


def test_a_run_in_a_folder_stands_for_its_record(make_run, tmp_path):
    old = [read_run(make_run("yowo_agot", seed)) for seed in (0, 1)]
    path = tmp_path / "runs.json"
    write_records(path, old)
    scores = tmp_path / "work/yowo_agot-1-8/metrics.json"
    scores.write_text(scores.read_text().replace("0.75", "0.25"))
    runs, _ = find_runs([path, scores.parent])
    assert [run.seed for run in runs] == [0, 1]
    assert [run.metrics["localization_recall"] for run in runs] == [0.75, 0.25]
    noted = [run.provenance for run in find_runs([path, scores.parent], "a laptop")[0]]
    assert noted == ["", "a laptop"]  # the first is a record
    write_records(path, [old[0], replace(old[1], notes=())])
    assert len(find_runs([path, scores.parent])[0]) == 3  # the record began otherwise
    other_clip = make_run("yowo_agot", 1, clip_len=16)
    assert len(find_runs([path, other_clip])[0]) == 3


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"scores": []}', '{"runs": 3}', "[" * 10**5]
)
def test_another_file_is_told_with_the_command_that_makes_one(tmp_path, text):
    path = tmp_path / "metrics.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"metrics\.json holds no records of runs"):
        read_records(path)
    with pytest.raises(ValueError, match=r"paper_tables\.py WORK_DIRS --save"):
        find_runs([path])


def test_a_record_without_provenance_is_an_older_one(make_run, tmp_path):
    path = tmp_path / "runs.json"
    write_records(path, [read_run(make_run("yowo_agot"))])
    content = json.loads(path.read_text())
    del content["runs"][0]["provenance"]
    path.write_text(json.dumps(content))
    assert read_records(path)[0].provenance == ""


def test_a_record_of_other_fields_is_told(make_run, tmp_path):
    path = tmp_path / "runs.json"
    write_records(path, [read_run(make_run("yowo_agot"))] * 2)
    content = json.loads(path.read_text())
    content["runs"][1]["sed"] = content["runs"][1].pop("seed")
    path.write_text(json.dumps(content))
    with pytest.raises(
        ValueError, match=r"runs\.json, run 2: fields \['sed', 'seed'\]"
    ):
        read_records(path)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("clip", 8, "clip is 8, must be"),
        ("metrics", {"a": "x"}, "metrics.a is 'x', must be"),
        ("seed", "one", "seed is 'one', must be"),
        ("notes", None, "notes is None, must be"),
    ],
)
def test_a_record_with_an_odd_value_is_told(make_run, tmp_path, field, value, message):
    path = tmp_path / "runs.json"
    write_records(path, [read_run(make_run("yowo_agot"))])
    content = json.loads(path.read_text())
    content["runs"][0][field] = value
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=f"runs.json, run 1: {message}"):
        read_records(path)
