import numpy as np
import pytest

from stal_plugin.evaluation.frame_ap import frame_ap
from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun


def test_a_work_folder_is_read(make_tested_run):
    run = EvaluatedRun.read(make_tested_run(right=4))
    assert run.name == "yowo_agot"
    assert run.seed == 3
    assert run.splits == ("test",)
    assert run.protocol.name == "voc"
    assert run.boxes.index.names == ("a/1", "b")
    assert len(run.boxes.index) == 20
    assert len(run.boxes.gts) == 16  # the training boxes are not among them
    assert run.boxes.in_pixels
    np.testing.assert_allclose(run.boxes.gts.boxes[0], [20, 22.5, 60, 67.5])
    ap = frame_ap(run.boxes.dets, run.boxes.gts, 3)
    # 4 of 8 found without an error; all found; no ground truth
    np.testing.assert_allclose(ap.ap[0], [0.5, 1, np.nan])


@pytest.mark.parametrize("file", ["metrics.json", "predictions.csv"])
def test_what_is_missing_is_named_with_the_command_that_makes_it(make_tested_run, file):
    work_dir = make_tested_run()
    (work_dir / file).unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"{file} is missing[^$]*tools/test.py"
    ):
        EvaluatedRun.read(work_dir)


def test_no_and_two_configs(make_tested_run, tmp_path):
    work_dir = make_tested_run()
    other = work_dir / "other.py"
    other.write_text((work_dir / "yowo_agot.py").read_text() + "\nrandomness = {}\n")
    with pytest.raises(ValueError, match="holds 2 configs: choose with --config"):
        EvaluatedRun.read(work_dir)
    run = EvaluatedRun.read(work_dir, other)
    assert (run.name, run.seed) == ("other", None)
    with pytest.raises(FileNotFoundError, match=r"tools/train\.py"):
        EvaluatedRun.read(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        EvaluatedRun.read(tmp_path / "none")


def test_the_protocol_of_the_config_counts(make_tested_run):
    work_dir = make_tested_run()
    config = work_dir / "yowo_agot.py"
    text = config.read_text().replace(
        '"stal_plugin.FrameMAP"',
        '"stal_plugin.FrameMAP", protocol="yowo", count_empty_frames=False',
    )
    config.write_text(text)
    protocol = EvaluatedRun.read(work_dir).protocol
    assert (protocol.name, protocol.count_empty_frames) == ("yowo", False)


def test_relative_annotation_that_is_not_here(make_tested_run):
    work_dir = make_tested_run()
    config = work_dir / "yowo_agot.py"
    text = config.read_text()
    begin, end = text.index("/", text.index("ann_file=")), text.index("/data/ann")
    config.write_text(text.replace(text[begin:end], "nowhere"))
    with pytest.raises(FileNotFoundError, match="Go to the folder where"):
        EvaluatedRun.read(work_dir)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\nb,", "\nz,", "name video 'z'"),
        ("\na/1,2,", "\nt,2,", r"1 of 17 predictions are on frames that splits"),
        (",1,0.9,", ",4,0.9,", "hold action_id 4, but the annotation has 3"),
    ],
)
def test_predictions_of_other_data_are_refused(make_tested_run, old, new, message):
    work_dir = make_tested_run()
    path = work_dir / "predictions.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        EvaluatedRun.read(work_dir)
