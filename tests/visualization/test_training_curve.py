import json
from pathlib import Path

import cv2
import pytest

from stal_plugin.visualization import plot_training_curve, read_scalars


def _log(work_dir: Path, time: str, epochs: range, tag: int, last: int = 4) -> Path:
    """Write a log of 4 records per epoch; the last epoch may end early."""
    path = work_dir / time / "vis_data" / "scalars.json"
    path.parent.mkdir(parents=True)
    lines = []
    for epoch in epochs:
        done = last if epoch == epochs[-1] else 4
        for k in range(1, done + 1):
            it = (epoch - 1) * 43 + 10 * k
            record = {"loss": tag + 1 / it, "loss_cls": 0.1, "epoch": epoch, "iter": it}
            lines.append({**record, "step": it})
        if done == 4:
            lines.append({"frame-mAP@0.5": tag + epoch / 100, "time": 1, "step": epoch})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_one_run(tmp_path: Path) -> None:
    _log(tmp_path, "20260101_000000", range(1, 4), 0)
    train, val = read_scalars(tmp_path)
    assert len(train) == 12
    assert [r["step"] for r in val] == [1, 2, 3]


def test_resumed_run_replaces_what_it_repeats(tmp_path: Path) -> None:
    # killed within epoch 4, resumed from the end of epoch 3
    _log(tmp_path, "20260101_000000", range(1, 5), 0, last=3)
    _log(tmp_path, "20260102_000000", range(4, 6), 1)
    train, val = read_scalars(tmp_path)
    iterations = [r["iter"] for r in train]
    assert iterations == sorted(set(iterations))
    assert len(iterations) == 20
    assert [r["step"] for r in val] == [1, 2, 3, 4, 5]
    assert [round(r["frame-mAP@0.5"], 2) for r in val] == [0.01, 0.02, 0.03, 1.04, 1.05]


def test_resuming_from_an_older_checkpoint_forgets_later_scores(tmp_path: Path) -> None:
    _log(tmp_path, "20260101_000000", range(1, 6), 0)
    _log(tmp_path, "20260102_000000", range(3, 4), 1, last=2)
    train, val = read_scalars(tmp_path)
    assert [r["step"] for r in val] == [1, 2]
    assert max(r["epoch"] for r in train) == 3


def test_run_from_scratch_replaces_the_run_before(tmp_path: Path) -> None:
    _log(tmp_path, "20260101_000000", range(1, 6), 0)
    _log(tmp_path, "20260102_000000", range(1, 3), 1)
    train, val = read_scalars(tmp_path)
    assert all(r["loss"] > 1 for r in train)
    assert [r["frame-mAP@0.5"] for r in val] == [1.01, 1.02]


def test_logs_of_tests_do_not_count(tmp_path: Path) -> None:
    _log(tmp_path, "20260101_000000", range(1, 3), 0)
    path = tmp_path / "20260102_000000" / "vis_data" / "scalars.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"frame-mAP@0.5": 0.9, "step": 0}\n')
    assert [r["step"] for r in read_scalars(tmp_path)[1]] == [1, 2]


def test_line_that_was_cut_off(tmp_path: Path) -> None:
    path = _log(tmp_path, "20260101_000000", range(1, 2), 0)
    whole = path.read_text()
    path.write_text(whole + '{"loss": 0.')
    assert len(read_scalars(tmp_path)[0]) == 4
    path.write_text('{"loss": 0.\n' + whole)
    with pytest.raises(ValueError, match=r"scalars.json:1: not a json object"):
        read_scalars(tmp_path)


def test_no_log(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"tools/train\.py CONFIG --work-dir"):
        read_scalars(tmp_path)


@pytest.mark.parametrize("with_val", [True, False])
def test_plot(tmp_path: Path, with_val: bool) -> None:
    _log(tmp_path, "20260101_000000", range(1, 4), 0)
    train, val = read_scalars(tmp_path)
    path = tmp_path / "curve.png"
    plot_training_curve(path, train, val if with_val else [])
    image = cv2.imread(str(path))
    assert image.shape == (720 if with_val else 420, 840, 3)
    assert ((image == [178, 114, 0]).all(2).sum() > 100) == with_val


def test_the_plotted_score_can_be_chosen(tmp_path: Path) -> None:
    _log(tmp_path, "20260101_000000", range(1, 4), 0)
    train, val = read_scalars(tmp_path)
    other = [{"step": r["step"], "mAP": 0.5} for r in val]
    plot_training_curve(tmp_path / "curve.png", train, other)  # the first mAP
    with pytest.raises(ValueError, match=r"no 'frame-mAP@0.5'; it logged"):
        plot_training_curve(
            tmp_path / "c.png", train, [{"step": 1, "recall": 0.5}], "frame-mAP@0.5"
        )
