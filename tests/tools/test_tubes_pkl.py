import pickle
import re
import runpy
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations import read_annotation
from stal_plugin.annotations.statistics import class_counts
from stal_plugin.datasets.ucf24_dataset import UCF24Dataset
from stal_plugin.video import open_reader, write_video

TOOL = Path(__file__).parents[2] / "tools" / "dataset_converters" / "tubes_pkl.py"
RUN, JUMP = "run/v_run_g01_c01", "jump/v (1)"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Two videos of 20 and 10 frames; the pickle says 21 for the first."""
    folder = tmp_path / "raw"
    for video, count in ((RUN, 20), (JUMP, 10)):
        frames = (np.full((24, 32, 3), 10 * n, np.uint8) for n in range(count))
        write_video(folder / f"{Path(video).name}.mp4", frames, 25)

    def tube(first: int, last: int) -> np.ndarray:
        rows = [(n, 31, 23, 63, 47) for n in range(first, last + 1)]
        return np.array(rows, np.float32)

    truth = {
        "labels": ["run", "swim", "jump"],
        "gttubes": {RUN: {0: [tube(3, 20)]}, JUMP: {2: [tube(1, 10), tube(9, 10)]}},
        "nframes": {RUN: 21, JUMP: 10},
        "train_videos": [[RUN]],
        "test_videos": [[JUMP]],
        "resolution": {RUN: (240, 320), JUMP: (240, 320)},
    }
    (folder / "gt.pkl").write_bytes(pickle.dumps(truth, 2))
    return folder


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    tmp_path: Path,
    exit_status: Callable,
) -> Callable[..., tuple[int, str, str]]:
    main = runpy.run_path(str(TOOL))["main"]

    def call(*arguments: object) -> tuple[int, str, str]:
        command = ["tubes_pkl.py", *map(str, arguments), "--out", str(tmp_path / "out")]
        monkeypatch.setattr("sys.argv", command)
        code = exit_status(main)
        out, err = capsys.readouterr()
        return code, " ".join(out.split()), err

    return call


def test_official_split(run: Callable, raw: Path, tmp_path: Path) -> None:
    code, out, err = run(raw / "gt.pkl", raw)
    assert code == 0
    assert err.startswith("tubes_pkl.py is now: data.py import --from tubes ")
    assert f"length differs: {RUN}: 20 frames, the pickle says 21" in out
    annotation = read_annotation(tmp_path / "out" / "annotations.csv")
    assert annotation.classes == ["run", "swim", "jump"]
    assert {k: v.split for k, v in annotation.videos.items()} == {
        RUN: "train",
        JUMP: "test",
    }
    assert class_counts(annotation, "train", "boxes").tolist() == [18, 0, 0]
    assert class_counts(annotation, "test", "clips").tolist() == [0, 0, 2]
    np.testing.assert_allclose(
        annotation.rows.boxes[0], [31 / 320, 23 / 240, 64 / 320, 48 / 240], atol=1e-6
    )
    info = annotation.videos[JUMP]
    assert info.file == "videos/jump/v (1).mp4"
    image = open_reader(tmp_path / "out" / info.file).read([7])[0]
    assert image.mean() == pytest.approx(70, abs=2)


def test_frames_that_were_sampled(run: Callable, raw: Path, tmp_path: Path) -> None:
    """Every second frame of a video under the numbers 1, 2, 3, ...: which is which?"""
    truth = pickle.loads((raw / "gt.pkl").read_bytes())
    truth["nframes"] = {RUN: 40, JUMP: 20}
    (raw / "gt.pkl").write_bytes(pickle.dumps(truth, 2))
    code, _, err = run(raw / "gt.pkl", raw)
    assert code == 1
    assert f"{RUN}: the pickle counts 40 frames, the video 20 (every 2 frame" in err
    assert f"{JUMP}: the pickle counts 20 frames, the video 10" in err
    assert "--step 1 takes the numbers of the pickle as their frames" in err
    assert not (tmp_path / "out/annotations.csv").exists()
    _, out, _ = run(raw / "gt.pkl", raw, "--step", 2)
    assert "15 boxes on frames that the videos lack (--step)" in out
    annotation = read_annotation(tmp_path / "out/annotations.csv")
    rows = annotation.video_slices()[RUN]
    assert annotation.rows.frames[rows].tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    rows = annotation.video_slices()[JUMP]
    assert annotation.rows.frames[rows].tolist() == [1, 2, 3, 4, 5, 5]


def test_within_videos_unseen_links_and_present_classes(
    run: Callable, raw: Path, tmp_path: Path
) -> None:
    run(
        *(raw / "gt.pkl", raw, "--within-video-ratio", 0.7, "--unseen", "v (1)"),
        *("--link", "--present-classes"),
    )
    annotation = read_annotation(tmp_path / "out" / "annotations.csv")
    assert annotation.classes == ["run", "jump"]
    assert annotation.videos[RUN].split == {"train": (1, 14), "test": (15, 20)}
    assert annotation.videos[JUMP].split == "unseen"
    assert class_counts(annotation, "train", "frames").tolist() == [12, 0]
    assert class_counts(annotation, "unseen", "frames").tolist() == [0, 10]
    assert (tmp_path / "out" / annotation.videos[RUN].file).is_symlink()


def test_folders_of_frames_in_place(run: Callable, raw: Path, tmp_path: Path) -> None:
    """The layout of UCF101-24: rgb-images/class/video/00001.jpg and the pickle."""
    folder = raw / "rgb-images"
    for video, count in ((RUN, 21), (JUMP, 10)):
        (folder / video).mkdir(parents=True)
        for number in range(1, count + 1):
            image = np.full((240, 320, 3), 10 * number, np.uint8)
            cv2.imwrite(str(folder / video / f"{number:05d}.jpg"), image)
    code, out, _ = run(raw / "gt.pkl", folder, "--in-place")
    assert code == 0
    assert "length differs" not in out
    csv_path = tmp_path / "out" / "annotations.csv"
    assert sorted(p.name for p in csv_path.parent.iterdir()) == [
        "annotations.csv",
        "annotations.json",
    ]
    annotation = read_annotation(csv_path)
    info = annotation.videos[RUN]
    assert info.file == f"../raw/rgb-images/{RUN}"
    assert (info.fps, info.width, info.height, info.num_frames) == (25.0, 320, 240, 21)
    assert info.source == "v_run_g01"
    pipeline = [
        {"type": "stal_plugin.SampleKeyframeClip", "clip_len": 3, "test_mode": True},
        {"type": "stal_plugin.DecodeClip"},
        {"type": "stal_plugin.BoxesToPixels"},
    ]
    dataset = UCF24Dataset(str(csv_path), pipeline, split="test", test_mode=True)
    sample = dataset[8]  # frame 9 of the 10 has both tubes
    assert [round(float(image.mean()) / 10) for image in sample["imgs"]] == [7, 8, 9]
    np.testing.assert_allclose(sample["gt_bboxes"], [[31, 23, 64, 48]] * 2, atol=1e-3)
    assert sample["gt_labels"].tolist() == [2, 2]
    train = UCF24Dataset(str(csv_path), split="train", empty_ratio=0.0)
    assert len(train) == 18  # frames 1, 2 and 21 have no box


def test_faults_are_one_line(run: Callable, raw: Path, tmp_path: Path) -> None:
    assert "split 2 is not in 1..1" in run(raw / "gt.pkl", raw, "--split", 2)[2]
    (tmp_path / "none").mkdir()
    code, _, err = run(raw / "gt.pkl", tmp_path / "none")
    assert code == 1
    assert re.search(r"\nError: .*none has no video", err)
    (raw / f"{Path(JUMP).name}.mp4").unlink()
    assert f"there is no video {JUMP!r} in" in run(raw / "gt.pkl", raw)[2]
    assert "there is no" in run(raw / "none.pkl", raw)[2]
    (raw / "bad.pkl").write_bytes(pickle.dumps(print, 2))
    assert "it names __builtin__.print" in run(raw / "bad.pkl", raw)[2]


@pytest.mark.data
def test_real_sample(run: Callable, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "ucf24_mini"
    run(
        *(folder / "UCF101v2-GT-mini.pkl", folder / "videos", "--present-classes"),
        *("--within-video-ratio", 0.7, "--unseen", "v_Basketball_g07_c04"),
    )
    annotation = read_annotation(tmp_path / "out" / "annotations.csv")
    lengths = {Path(k).name: v.num_frames for k, v in annotation.videos.items()}
    assert lengths == {
        "v_Basketball_g01_c02": 180,
        "v_Basketball_g07_c04": 101,
        "v_Biking_g01_c01": 151,
        "v_CliffDiving_g03_c01": 92,
        "v_Fencing_g01_c06": 174,
        "v_HorseRiding_g01_c03": 98,
        "v_IceDancing_g02_c05": 244,
    }
    assert len(annotation) == 1238
    assert len(annotation.classes) == 6
    # Basketball is annotated on frames 64-111 of the first video, 15-64 of the other.
    assert class_counts(annotation, "train", "frames")[0] == 48
    assert class_counts(annotation, "unseen", "frames")[0] == 50
