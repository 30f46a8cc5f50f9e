import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"
TOOL = Path(__file__).parents[2] / "tools" / "eval_csv.py"

VIDEOS = {
    "format": "stal_plugin annotation v1",
    "classes": ["up", "down"],
    "reversed_classes": [["up", "down"]],
    "videos": {
        "v": {
            **{"file": "v.mp4", "fps": 25, "width": 320, "height": 240, "source": "s"},
            **{"num_frames": 6, "split": {"train": [1, 2], "test": [3, 6]}},
        }
    },
}
TRUTH = "".join(f"v,{t},0.25,0.25,0.5,0.5,{1 + (t > 4)},7\n" for t in range(1, 7))
# frames 3 and 4 are right, 5 is called by the reversed action, 6 is missed
FOUND = """\
v,1,0.25,0.25,0.5,0.5,2,0.9
v,3,0.25,0.25,0.5,0.5,1,0.9
v,4,0.25,0.25,0.5,0.5,1,0.8
v,5,0.25,0.25,0.5,0.5,1,0.7
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gt.csv").write_text(TRUTH)
    (tmp_path / "pred.csv").write_text(FOUND)
    (tmp_path / "videos.json").write_text(json.dumps(VIDEOS))
    return tmp_path


@pytest.fixture
def run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> Callable[..., SimpleNamespace]:
    main = runpy.run_path(str(TOOL))["main"]
    monkeypatch.chdir(folder)

    def call(*arguments: str) -> SimpleNamespace:
        monkeypatch.setattr("sys.argv", ["eval_csv.py", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return call


def test_in_a_process_of_its_own(run_tool: Callable, folder: Path) -> None:
    done = run_tool("eval_csv.py", "gt.csv", "pred.csv")
    assert done.returncode == 0, done.stderr
    assert "frame-mAP@0.5" in done.stdout


def test_every_protocol_of_a_split(run: Callable, folder: Path) -> None:
    done = run(
        *("gt.csv", "pred.csv", "--videos", "videos.json", "--split", "test"),
        *("--protocol", "all", "--iou", "0.5", "0.5:0.95", "--details"),
        *("--linker", "viterbi", "--json", "out/scores.json"),
    )
    assert done.code == 0, done.err
    assert "2 rows of gt.csv, 1 of pred.csv" in " ".join(done.out.split())
    scores = json.loads((folder / "out/scores.json").read_text())
    assert list(scores) == [
        *("voc", "yowo", "act", "ava", "voc07", "yowov3", "multisports"),
    ]
    voc = scores["voc"]["metrics"]
    assert voc["frame-mAP@0.5"] == voc["frame-mAP@0.5:0.95"] == 0.5  # up 1, down 0
    assert scores["ava"]["metrics"]["frame-mAP@0.5"] == 1  # down has no detection
    assert scores["voc"]["per_class"]["up"]["num_dets"] == 3
    assert voc["localization_recall"] == 3 / 4
    assert voc["swap_rate(reversed)"] == pytest.approx(1 / 3)
    assert voc["share@0.5(missed)"] == 0.5
    # the tube of "up" spans all 4 frames, the action 2
    assert voc["video-mAP@0.5"] == 0.5
    assert voc["video-mAP@0.75"] == 0
    line = [row.split() for row in done.out.splitlines() if "frame-mAP@0.5 " in row]
    assert line[0][1:3] == ["0.5000", "0.5000"]
    assert "voc: all-point AP (VOC)" in done.out


def test_one_protocol_without_sizes(run: Callable, folder: Path) -> None:
    done = run("gt.csv", "pred.csv")
    assert done.code == 0, done.err
    # frame 1 counts too: 2 of 4 of "up", and a false positive of "down"
    assert ["mean", "6", "4", "0.2500"] in [r.split() for r in done.out.splitlines()]
    done = run("gt.csv", "pred.csv", "--protocol", "all")
    assert done.code == 1
    assert done.err.startswith("Error: protocol yowo, act, voc07 counts pixels")
    done = run(*("gt.csv", "pred.csv", "--protocol", "all", "--size", "320x240"))
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("row", "options", "text"),
    [
        ("w,1", (), "no video of pred.csv is in gt.csv: 'w' and 0 others against 'v'"),
        ("w,1", (), "are these files of the same data set?"),
        ("a/V.mp4,1", (), "without folder, suffix and capitals some agree: write them"),
        ("w,3", ("--videos", "videos.json"), "no video of pred.csv is in videos.json"),
        (
            "v,1",
            ("--videos", "videos.json", "--split", "test"),
            "(frames 1 to 1) is on one of the 4 frames that are evaluated (3 to 6)",
        ),
    ],
)
def test_files_that_do_not_belong_together(
    run: Callable, folder: Path, row: str, options: tuple[str, ...], text: str
) -> None:
    (folder / "pred.csv").write_text(f"{row},0.25,0.25,0.5,0.5,1,0.9\n")
    done = run("gt.csv", "pred.csv", *options)
    assert done.code == 1
    assert done.err.startswith("Error: no ")
    assert text in done.err


def test_a_detector_that_finds_nothing_has_score_0(run: Callable, folder: Path) -> None:
    (folder / "pred.csv").write_text("")
    done = run("gt.csv", "pred.csv")
    assert done.code == 0, done.err


def test_scores_of_another_run_stay(run: Callable, folder: Path) -> None:
    (folder / "s.json").write_text("mine")
    for name, text in (
        ("s.json", "is there already"),
        ("gt.csv", "this command reads"),
    ):
        done = run("gt.csv", "pred.csv", "--json", name)
        assert done.code == 1
        assert text in done.err
    assert (folder / "s.json").read_text() == "mine"
    assert run("gt.csv", "pred.csv", "--json", "s.json", "--overwrite").code == 0
    assert "voc" in json.loads((folder / "s.json").read_text())


@pytest.mark.parametrize(
    ("edges", "size"),
    [((), "medium"), (("0.07", "0.2"), "small"), (("0.01", "0.06"), "large")],
)
def test_size_edges(
    run: Callable, folder: Path, edges: tuple[str, ...], size: str
) -> None:
    # Every box covers 0.25 x 0.25 = 0.0625 of its frame.
    files = ("gt.csv", "pred.csv", "--size", "320x240", "--details")
    done = run(*files, *(("--size-edges", *edges) if edges else ()))
    assert done.code == 0, done.err
    rows = re.findall(r"frame-mAP@0\.5\((small|medium|large)\) +(\S+)", done.out)
    assert rows == [(size, "0.2500")]


def test_size_edges_in_the_wrong_order(run: Callable, folder: Path) -> None:
    files = ("gt.csv", "pred.csv", "--size", "320x240", "--details")
    done = run(*files, "--size-edges", "0.2", "0.1")
    assert done.code == 1
    assert done.err == "Error: size edges (0.2, 0.1): must be 0 < small < large < 1\n"


def test_stride(run: Callable, folder: Path) -> None:
    done = run(
        *("gt.csv", "pred.csv", "--videos", "videos.json", "--split", "test"),
        *("--stride", "2", "--json", "s.json", "--overwrite"),
    )
    assert done.code == 0, done.err
    per_class = json.loads((folder / "s.json").read_text())["voc"]["per_class"]
    assert per_class["up"]["num_gt"] == per_class["down"]["num_gt"] == 1  # 3 and 5
    assert (per_class["up"]["AP@0.5"], per_class["down"]["AP@0.5"]) == (1, 0)


def test_raw_boxes_get_the_suppression_of_each_protocol(
    run: Callable, folder: Path
) -> None:
    # frame 1 twice, then frame 2: right, wrong, right, and YOWO drops the second
    rows = ("1,0.25,0.25,0.5,0.5,1,0.9", "1,0.26,0.25,0.5,0.5,1,0.8")
    rows = (*rows, "2,0.25,0.25,0.5,0.5,1,0.7", "3,0.25,0.25,0.5,0.5,1,0.005")
    (folder / "pred.csv").write_text("".join(f"v,{row}\n" for row in rows))
    found = {}
    for raw in ([], ["--raw"]):
        done = run(
            *(
                "gt.csv",
                "pred.csv",
                "--size",
                "320x240",
                "--json",
                "s.json",
                "--overwrite",
            ),
            *("--protocol", "voc", "yowo", *raw),
        )
        assert done.code == 0, done.err
        scores = json.loads((folder / "s.json").read_text())
        found[bool(raw)] = [s["per_class"]["1"]["AP@0.5"] for s in scores.values()]
    plain = (1 + 3 / 4 + 3 / 4) / 4  # of 4 boxes, the last found at score .005
    assert found[False] == pytest.approx([plain, plain])
    assert found[True] == pytest.approx([plain, 2 / 4])


def test_narrow_ground_truth(run: Callable, folder: Path) -> None:
    (folder / "gt.csv").write_text(f"{TRUTH}v,1,0.9,0.1,0.92,0.5,1,8\n")  # 6.4 pixels
    recalls = []
    for width in ([], ["--min-gt-width", "8"]):
        done = run(
            "gt.csv",
            "pred.csv",
            "--size",
            "320x240",
            "--json",
            "s.json",
            "--overwrite",
            *width,
        )
        assert done.code == 0, done.err
        metrics = json.loads((folder / "s.json").read_text())["voc"]["metrics"]
        recalls.append(metrics["localization_recall"])
    assert recalls == [4 / 7, 4 / 6]


def test_tubes_linked_by_class_probability(run: Callable, folder: Path) -> None:
    # a wrong place with score .5 = .9 x .56, the right one with .4 = .5 x .8
    rows = [
        f"v,{t},{x},0.25,{x + 0.25},0.5,1,{score},{objectness}\n"
        for t in range(1, 5)
        for x, score, objectness in ((0.6, 0.5, 0.9), (0.25, 0.4, 0.5))
    ]
    (folder / "pred.csv").write_text("".join(rows))
    (folder / "gt.csv").write_text("".join(TRUTH.splitlines(keepends=True)[:4]))
    found = []
    for way in ([], ["--link-by", "class"]):
        arguments = ("--size", "320x240", "--linker", "viterbi", *way)
        done = run("gt.csv", "pred.csv", "--json", "s.json", "--overwrite", *arguments)
        assert done.code == 0, done.err
        metrics = json.loads((folder / "s.json").read_text())["voc"]["metrics"]
        found.append(metrics["video-mAP@0.5"])
    assert found == [0.5, 1]
    (folder / "pred.csv").write_text(FOUND)
    arguments = ("--size", "320x240", "--linker", "viterbi", "--link-by", "class")
    done = run("gt.csv", "pred.csv", *arguments)
    assert done.err.startswith("Error: the detections have no objectness of their own")


def test_published_linkers_count_pixels(run: Callable) -> None:
    done = run("gt.csv", "pred.csv", "--linker", "act")
    assert done.code == 1
    assert done.err.startswith("Error: linker act counts pixels")
    assert "--size WIDTHxHEIGHT, or take linker online" in done.err
    assert run("gt.csv", "pred.csv", "--linker", "online").code == 0


def test_tubes_need_persons(run: Callable, folder: Path) -> None:
    (folder / "gt.csv").write_text(TRUTH.replace(",7\n", "\n"))
    done = run("gt.csv", "pred.csv", "--linker", "online")
    assert done.code == 1
    assert "6 of 6 ground-truth boxes have no person id" in done.err


def test_the_three_forms_agree(run: Callable, folder: Path) -> None:
    (folder / "gt").mkdir()
    (folder / "pred").mkdir()
    images, truth, found = [], [], []
    for t in range(1, 7):
        (folder / f"gt/v_{t:05d}.txt").write_text(f"{1 + (t > 4)} 80 60 160 120\n")
        images.append({"id": t, "file_name": f"v/{t}.jpg", "width": 320, "height": 240})
        truth.append(
            {"image_id": t, "category_id": 1 + (t > 4), "bbox": [80, 60, 80, 60]}
        )
    for row in FOUND.splitlines():
        _, t, *_, action, score = row.split(",")
        (folder / f"pred/v_{int(t):05d}.txt").write_text(
            f"{action} {score} 80 60 160 120"
        )
        ids = {"image_id": int(t), "category_id": int(action), "score": float(score)}
        found.append({**ids, "bbox": [80, 60, 80, 60]})
    categories = [{"id": 1, "name": "up"}, {"id": 2, "name": "down"}]
    content = {"images": images, "annotations": truth, "categories": categories}
    (folder / "gt.json").write_text(json.dumps(content))
    (folder / "pred.json").write_text(json.dumps(found))
    metrics = []
    for suffix in (".csv", "", ".json"):
        done = run(
            *(f"gt{suffix}", f"pred{suffix}", "--size", "320x240"),
            *("--protocol", "all", "--json", "s.json", "--overwrite"),
        )
        assert done.code == 0, done.err
        scores = json.loads((folder / "s.json").read_text())
        metrics.append({k: v["metrics"] for k, v in scores.items()})
    assert metrics[0] == metrics[1] == metrics[2]


def test_the_example_of_the_page(run: Callable, folder: Path) -> None:
    """docs/evaluation.md: its files give its numbers, and its fractions are right."""
    page = PAGE.read_text()
    truth, found = re.findall(r"```\n(v,[^`]+)```", page)
    (folder / "gt.csv").write_text(truth)
    (folder / "pred.csv").write_text(found)
    (command,) = re.findall(r"`python tools/eval_csv.py (gt.csv [^`]+)`", page)
    done = run(*command.split(), "--json", "s.json", "--overwrite")
    assert done.code == 0, done.err
    scores = json.loads((folder / "s.json").read_text())
    rows = re.findall(
        r"^\| `(\w+)` \| [01 ]+ \|.*= ([\d.]+) \|.*= ([\d.]+) \|$", page, re.M
    )
    assert [row[0] for row in rows] == list(scores)
    for name, ap, mean in rows:
        part = scores[name]
        assert f"{part['per_class']['1']['AP@0.5']:.4f}" == ap, name
        assert f"{part['metrics']['frame-mAP@0.5']:.4f}" == mean, name
    sums = re.findall(r"\| ([^|=]*\d[^|=]*) = ([\d.]+) ", page)
    assert len(sums) == 2 * len(scores)
    for terms, value in sums:
        assert eval(terms.replace("x", "*")) == pytest.approx(float(value), abs=6e-5)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["gt.csv", "nothing.csv"], "Error: there is no file nothing.csv"),
        (["gt.csv", "pred.csv", "--iou", "5"], "Error: iou_thrs '5': allowed are"),
        (["gt.csv", "pred.csv", "--split", "test"], "need --videos"),
        (
            ["gt.csv", "pred.csv", "--size-edges", "0.1", "0.2"],
            "--size-edges needs --details",
        ),
        (["gt.csv", "pred.csv", "--size", "big"], "'big': allowed is e.g. 320x240"),
        (["gt.csv", "gt.csv"], "score nan is not finite"),
    ],
)
def test_mistakes_end_in_one_line(
    arguments: list, text: str, run: Callable, folder: Path
) -> None:
    if arguments == ["gt.csv", "gt.csv"]:
        (folder / "gt.csv").write_text("v,1,0,0,1,1,1,nan\n")
    done = run(*arguments)
    assert done.code != 0
    assert text in done.err
    assert "Traceback" not in done.err


def test_the_json_beside_the_truth_is_used_and_empty_splits_are_named(
    run: Callable, folder: Path
) -> None:
    (folder / "gt.json").write_text(json.dumps(VIDEOS))
    (folder / "pred.csv").write_text(FOUND.split("\n", 1)[1])
    done = run("gt.csv", "pred.csv", "--protocol", "all")
    assert done.code == 0, done.err
    assert "no prediction on the frames of split train of gt.json" in done.err
    done = run("gt.csv", "pred.csv", "--split", "test")
    assert done.err == ""


def test_needs_no_torch(folder: Path) -> None:
    code = f"""
import runpy, sys
sys.argv = ["eval_csv.py", "gt.csv", "pred.csv", "--size", "320x240", "--linker", "act"]
runpy.run_path({str(TOOL)!r}, run_name="__main__")
heavy = ["torch", "mmengine", "mmcv", "mmdet", "mmaction", "matplotlib"]
print("loaded:", [name for name in heavy if name in sys.modules])
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert "video-mAP@0.5" in run.stdout, run.stderr
    assert "loaded: []" in run.stdout


def test_classes_can_be_left_out(folder: Path, run: Callable) -> None:
    """Class "up": 3 and 4 are found, 5 is another class, which does not count."""
    arguments = ("gt.csv", "pred.csv", "--videos", "videos.json", "--split", "test")
    whole = run(*arguments, "--json", "whole.json")
    assert whole.code == 0
    done = run(*arguments, "--without", "down", "--json", "up.json")
    assert done.code == 0, done.err
    assert "left out of all scores: down\n" in done.out
    scores = json.loads((folder / "up.json").read_text())["voc"]["metrics"]
    # detections 0.9 and 0.8 are right, that of frame 5 is false: AP is 1
    assert scores["frame-mAP@0.5"] == 1
    before = json.loads((folder / "whole.json").read_text())["voc"]["metrics"]
    assert before["frame-mAP@0.5"] == 0.5
    assert scores["localization_recall"] == 1  # of frames 3 and 4
    wrong = run(*arguments, "--without", "dawn")
    assert wrong.code == 1
    assert "did you mean 'down'?" in wrong.err
