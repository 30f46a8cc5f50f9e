import pickle
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import loadmat
from standin.jhmdb_release_writer import write_release
from standin.release_clip import ReleaseProfile, plan_clips

from stal_plugin.annotations import read_annotation
from stal_plugin.annotations.importers.yowo_folder import read_yowo_folder
from stal_plugin.annotations.keypoints import read_keypoints
from stal_plugin.datasets.jhmdb_dataset import JHMDBDataset

TOOL = Path(__file__).parents[2] / "tools/dataset_converters/jhmdb.py"
PROFILE = ReleaseProfile("tiny", ("sit", "stand"), 3, 1, 64, 56, (5, 7), (30, 40))
CLIPS = plan_clips(PROFILE, 0)
VIDEOS = [f"{clip.action}/{clip.name}" for clip in CLIPS]
SHORT = CLIPS[1]
PIPELINE = [
    {"type": "stal_plugin.SampleKeyframeClip", "clip_len": 3, "test_mode": True},
    {"type": "stal_plugin.DecodeClip"},
    {"type": "stal_plugin.BoxesToPixels"},
    {"type": "mmaction.Resize", "scale": (128, 56), "keep_ratio": False},
    {"type": "mmaction.FormatShape", "input_format": "NCTHW", "collapse": True},
    {"type": "stal_plugin.PackClipInputs", "meta_keys": ("video_id", "frame")},
]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drawn")
    write_release(root / "raw", PROFILE, 0)
    return root / "raw"


@pytest.fixture
def raw(drawn: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(drawn, tmp_path / "raw"))


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    tmp_path: Path,
    exit_status: Callable,
) -> Callable[..., tuple[int, str, str]]:
    main = runpy.run_path(str(TOOL))["main"]

    def call(*arguments: object) -> tuple[int, str, str]:
        command = ["jhmdb.py", *map(str, arguments), "--out", str(tmp_path / "out")]
        monkeypatch.setattr("sys.argv", command)
        code = exit_status(main)
        out, err = capsys.readouterr()
        return code, " ".join(out.split()), err

    return call


def test_three_splits(run: Callable, raw: Path, tmp_path: Path) -> None:
    code, out, _ = run(raw)
    assert code == 0
    assert (
        f"{VIDEOS[1]}: {SHORT.num_masks} masks, {SHORT.length} frames (repeat)" in out
    )
    total = sum(clip.length for clip in CLIPS)
    for split in (1, 2, 3):
        root = tmp_path / "out" / f"split{split}"
        assert f"split {split}: 4 + 2 videos, 2 classes, {total} boxes" in out
        annotation = read_annotation(root / "annotations.csv")
        assert annotation.synthetic
        assert annotation.classes == ["sit", "stand"]
        assert annotation.reversed_classes == [("sit", "stand")]
        tests = [v for v, c in zip(VIDEOS, CLIPS, strict=True) if c.in_test(split)]
        infos = annotation.videos
        assert [v for v in infos if infos[v].split == "test"] == sorted(tests)
        assert [v for v in infos if infos[v].split == "train"] == sorted(
            set(VIDEOS) - set(tests)
        )
        assert len(read_keypoints(root / "keypoints.npz")) == len(annotation) == total
        info = infos[VIDEOS[2]]
        assert info.file == f"../../raw/Rename_Images/{VIDEOS[2]}"
        assert info.source == "Standin!_2"
        assert (info.fps, info.width, info.height) == (30.0, 64, 56)
    assert not list((tmp_path / "out").rglob("*.png"))


def test_samples_show_box_and_joints(run: Callable, raw: Path, tmp_path: Path) -> None:
    run(raw, "--splits", 2)
    assert not (tmp_path / "out" / "split1").exists()
    dataset = JHMDBDataset(
        str(tmp_path / "out/split2/annotations.csv"),
        PIPELINE,
        split="test",
        num_classes=2,
        keypoint_file="keypoints.npz",
        test_mode=True,
    )
    clips = [clip for clip in CLIPS if clip.in_test(2)]
    assert len(dataset) == sum(clip.length for clip in clips)
    data = dataset[3]["data_samples"]
    clip = next(c for c in clips if f"{c.action}/{c.name}" == data.metainfo["video_id"])
    assert data.metainfo["frame"] == 4
    last = min(3, clip.num_masks - 1)
    drawn = list(clip.frames(PROFILE, 0))
    mask = drawn[last][1]
    ys, xs = np.nonzero(mask)
    box = [
        2 * xs.min(),
        ys.min(),
        2 * xs.max() + 2,
        ys.max() + 1,
    ]  # pixels twice as wide
    np.testing.assert_allclose(data.gt_instances.bboxes[0], box, atol=1e-3)
    points = data.gt_instances.keypoints[0].numpy() / [2, 1]
    np.testing.assert_allclose(points, clip.joints(PROFILE, 0)[last], atol=1e-3)
    keyframe = dataset[3]["inputs"][:, -1].numpy().transpose(1, 2, 0)
    np.testing.assert_array_equal(keyframe, cv2.resize(drawn[3][0], (128, 56)))
    assert data.gt_instances.labels.tolist() == [PROFILE.classes.index(clip.action)]


def test_an_existing_set_is_replaced_only_when_told_to(
    run: Callable, raw: Path, tmp_path: Path
) -> None:
    """Also where another of the splits is there; the csv is written last."""
    run(raw, "--splits", 2)
    folder = tmp_path / "out/split2"
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert max(before, key=before.get).name in ("annotations.csv", "annotations.json")
    code, _, err = run(raw, "--no-joints")
    assert (code, err) == (
        1,
        f"Error: {folder / 'annotations.csv'} is there already: choose another name, "
        "or replace it with --overwrite\n",
    )
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert not (tmp_path / "out/split1").exists()
    assert run(raw, "--no-joints", "--overwrite")[0] == 0
    assert not (folder / "keypoints.npz").exists()
    assert (tmp_path / "out/split1/annotations.csv").is_file()


def test_missing_masks(run: Callable, raw: Path, tmp_path: Path) -> None:
    csv_path = tmp_path / "out/split1/annotations.csv"
    run(raw, "--splits", 1)
    annotation = read_annotation(csv_path)
    rows = annotation.video_slices()[VIDEOS[1]]
    boxes, count = annotation.rows.boxes[rows], SHORT.num_masks
    assert len(boxes) == SHORT.length
    assert (boxes[count:] == boxes[count - 1]).all()
    visible = read_keypoints(csv_path.with_name("keypoints.npz")).visible[rows]
    assert visible[:count].any(1).all()
    assert not visible[count:].any()
    run(raw, "--splits", 1, "--missing-masks", "omit", "--overwrite")
    annotation = read_annotation(csv_path)
    rows = annotation.video_slices()[VIDEOS[1]]
    assert annotation.rows.frames[rows].tolist() == list(range(1, count + 1))
    assert annotation.videos[VIDEOS[1]].split == {"train": (1, count)}
    assert annotation.videos[VIDEOS[1]].num_frames == SHORT.length
    assert len(JHMDBDataset(str(csv_path), keypoint_file="keypoints.npz")) == sum(
        clip.num_masks for clip in CLIPS if not clip.in_test(1)
    )


def write_pickle(raw: Path) -> Path:
    """``JHMDB-GT.pkl`` of the release, written without our code."""
    tubes, sizes = {}, {}
    for video, clip in zip(VIDEOS, CLIPS, strict=True):
        mask = loadmat(str(raw / "puppet_mask" / video / "puppet_mask.mat"))[
            "part_mask"
        ]
        rows = []
        for t in range(clip.length):
            ys, xs = np.nonzero(mask[:, :, min(t, mask.shape[2] - 1)])
            rows.append([t + 1, xs.min(), ys.min(), xs.max(), ys.max()])
        label = PROFILE.classes.index(clip.action)
        tubes[video] = {label: [np.array(rows, np.float32)]}
        sizes[video] = (56, 64)
    tests = [
        [v for v, c in zip(VIDEOS, CLIPS, strict=True) if c.in_test(k)]
        for k in (1, 2, 3)
    ]
    truth = {
        "labels": list(PROFILE.classes),
        "gttubes": dict(sorted(tubes.items())),
        "nframes": {v: c.length for v, c in zip(VIDEOS, CLIPS, strict=True)},
        "train_videos": [[v for v in VIDEOS if v not in t] for t in tests],
        "test_videos": tests,
        "resolution": sizes,
    }
    path = raw.parent / "JHMDB-GT.pkl"
    path.write_bytes(pickle.dumps(truth, 2))
    return path


def test_masks_and_pickle_agree(run: Callable, raw: Path, tmp_path: Path) -> None:
    run(raw)
    (tmp_path / "out").rename(tmp_path / "masks")
    pickled = write_pickle(raw)
    shutil.rmtree(raw / "puppet_mask")
    shutil.rmtree(raw / "splits")
    (raw / "Rename_Images").rename(raw / "Frames")
    code, _, err = run(raw, "--pickle", pickled, "--overwrite")
    assert (code, err) == (0, "")
    for split in (1, 2, 3):
        texts = [
            (tmp_path / name / f"split{split}" / "annotations.csv").read_text()
            for name in ("masks", "out")
        ]
        assert texts[0] == texts[1]
        first, second = (
            read_keypoints(tmp_path / name / f"split{split}" / "keypoints.npz")
            for name in ("masks", "out")
        )
        np.testing.assert_array_equal(first.points, second.points)


def test_ground_truth_of_yowo(run: Callable, raw: Path, tmp_path: Path) -> None:
    """Equal to YOWO's label files, written here from the pickle without our code."""
    truth = pickle.loads(write_pickle(raw).read_bytes())
    labels = tmp_path / "labels"
    for video, clip in zip(VIDEOS, CLIPS, strict=True):
        ((label, (tube,)),) = truth["gttubes"][video].items()
        for frame, x1, y1, x2, y2 in tube[: clip.num_masks].astype(int):
            path = labels / video / f"{frame:05d}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                f"{label + 1} {x1 + 1} {y1 + 1} {min(x2 + 2, 64)} {min(y2 + 2, 56)}"
            )
    code, _, err = run(raw, "--splits", 1, "--ground-truth", "yowo", "--overwrite")
    assert (code, err) == (0, "")
    annotation = read_annotation(tmp_path / "out/split1/annotations.csv")
    expected = read_yowo_folder(labels, predictions=False).rows
    names = np.array([video.replace("/", "_") for video in annotation.rows.video_ids])
    order = np.lexsort([annotation.rows.frames, names])
    wanted = np.lexsort([expected.frames, expected.video_ids.astype(str)])
    assert names[order].tolist() == expected.video_ids[wanted].tolist()
    np.testing.assert_array_equal(
        annotation.rows.frames[order], expected.frames[wanted]
    )
    np.testing.assert_array_equal(
        annotation.rows.labels[order], expected.labels[wanted]
    )
    pixels = annotation.rows.boxes[order] * [64, 56, 64, 56]
    np.testing.assert_allclose(pixels, expected.boxes[wanted], atol=1e-4)
    assert annotation.videos[VIDEOS[1]].split == {"train": (1, SHORT.num_masks)}
    assert "shifted as in YOWO's labels" in annotation.note
    points = read_keypoints(tmp_path / "out/split1/keypoints.npz")
    assert len(points) == len(annotation)  # joints stay where they are
    for more in (("--pickle", "x.pkl"), ("--missing-masks", "repeat")):
        code, _, err = run(raw, "--ground-truth", "yowo", *more)
        assert code == 2
        assert "error: --ground-truth yowo" in err


def test_without_joints(run: Callable, raw: Path, tmp_path: Path) -> None:
    keypoint_file = tmp_path / "out/split1/keypoints.npz"
    run(raw, "--splits", 1)
    assert keypoint_file.is_file()
    run(raw, "--splits", 1, "--no-joints", "--overwrite")
    assert not keypoint_file.exists()
    shutil.rmtree(raw / "joint_positions")
    _, out, _ = run(raw, "--splits", 1, "--overwrite")
    assert "no folder joint_positions: no keypoints.npz is written" in out


def test_faults_are_one_line(run: Callable, raw: Path, tmp_path: Path) -> None:
    code, _, err = run(tmp_path)
    assert code == 1
    assert err.startswith(f"Error: {tmp_path} has no folder Rename_Images")
    assert "split 4 is not in 1..3" in run(raw, "--splits", 4)[2]
    joints = raw / "joint_positions" / VIDEOS[0] / "joint_positions.mat"
    joints.write_bytes(b"cut")
    assert f"{joints} is no readable MATLAB file" in run(raw)[2]
    mask = raw / "puppet_mask" / VIDEOS[0] / "puppet_mask.mat"
    mask.unlink()
    assert f"MATLAB file {mask} is missing" in run(raw)[2]
    frames = raw / "Rename_Images" / VIDEOS[3]
    for file in frames.glob("*.png"):
        file.unlink()
    assert f"{frames} has no image" in run(raw)[2]
    code, _, err = run(raw, "--pickle", "x.pkl", "--missing-masks", "omit")
    assert code == 2
    assert "error: --missing-masks goes with masks" in err


@pytest.mark.data
def test_real_sample_as_in_yowo(
    run: Callable, shared_data: Path, tmp_path: Path
) -> None:
    """On the real masks: the IoU of the two kinds of labels is what is known of all."""
    root = shared_data / "jhmdb_sample"
    run(root, "--splits", 3)
    plain = read_annotation(tmp_path / "out/split3/annotations.csv").rows.boxes
    run(root, "--splits", 3, "--ground-truth", "yowo", "--overwrite")
    size = np.array([320, 240, 320, 240])
    shifted = read_annotation(tmp_path / "out/split3/annotations.csv").rows.boxes * size
    pkl = plain * size - [0, 0, 1, 1]
    np.testing.assert_allclose(
        shifted, np.minimum(pkl + np.array([1, 1, 2, 2]), size), atol=1e-3
    )
    low, high = np.maximum(pkl, shifted)[:, :2], np.minimum(pkl, shifted)[:, 2:]
    common = (high - low).prod(1)
    areas = [(b[:, 2:] - b[:, :2]).prod(1) for b in (pkl, shifted)]
    iou = common / (areas[0] + areas[1] - common)
    assert 0.826 <= iou.min() < iou.mean() < 0.98


@pytest.mark.data
def test_real_sample(run: Callable, shared_data: Path, tmp_path: Path) -> None:
    root = shared_data / "jhmdb_sample"
    code, out, _ = run(root)
    assert code == 0
    assert "split 3: 0 + 1 videos, 1 classes, 40 boxes with joints" in out
    video = "catch/Goal_Keeping_Tips_catch_f_cm_np1_fr_med_2"
    annotation = read_annotation(tmp_path / "out/split3/annotations.csv")
    assert annotation.videos[video].split == "test"
    assert annotation.videos[video].num_frames == 40
    assert annotation.videos[video].source == "Goal_Keeping_Tips"
    assert not annotation.synthetic
    mask = loadmat(str(root / "puppet_mask" / video / "puppet_mask.mat"))["part_mask"]
    for frame in (1, 20, 40):
        ys, xs = np.nonzero(mask[..., frame - 1])
        box = [
            xs.min() / 320,
            ys.min() / 240,
            (xs.max() + 1) / 320,
            (ys.max() + 1) / 240,
        ]
        np.testing.assert_allclose(annotation.rows.boxes[frame - 1], box, atol=5e-7)
    dataset = JHMDBDataset(
        str(tmp_path / "out/split3/annotations.csv"),
        PIPELINE[:3],
        split="test",
        keypoint_file="keypoints.npz",
        test_mode=True,
    )
    assert len(dataset) == 40
    sample = dataset[39]
    assert sample["imgs"][-1].shape == (240, 320, 3)
    pos = loadmat(str(root / "joint_positions" / video / "joint_positions.mat"))[
        "pos_img"
    ]
    np.testing.assert_allclose(sample["keypoint"][0], pos[:, :, 39].T - 0.5, atol=1e-3)
    assert sample["keypoint_visible"].all()
