from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from stal_plugin.annotations import Annotation, VideoInfo, write_annotation
from stal_plugin.engine.drawing import draw_predictions
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import write_video


@pytest.fixture
def dataset(tmp_path):
    frames = np.full((4, 64, 96, 3), 128, np.uint8)
    write_video(tmp_path / "a.mp4", frames, fps=25, size=(96, 64))
    annotation = Annotation(
        classes=["wave"],
        videos={"a": VideoInfo("a.mp4", 25.0, 96, 64, 4, "a", "test")},
        mirrored_classes=[],
        synthetic=True,
        note="",
        rows=BoxTable(
            frames=np.array([2]),
            boxes=np.array([[0.1, 0.2, 0.5, 0.8]]),
            labels=np.array([0]),
            video_ids=np.array(["a"]),
            person_ids=np.array([0]),
        ),
    )
    write_annotation(annotation, tmp_path / "annotations.csv")
    return SimpleNamespace(ann_file=tmp_path / "annotations.csv", splits=["test"])


def test_draws_the_test_set_of_a_wrapped_dataset(dataset, tmp_path):
    csv_path = tmp_path / "predictions.csv"
    csv_path.write_text(
        "video_id,frame,x1,y1,x2,y2,action_id,score,objectness\n"
        "a,2,0.1,0.2,0.5,0.8,1,0.9,0.9\n"
    )
    files = draw_predictions(
        SimpleNamespace(dataset=dataset), str(csv_path), str(tmp_path / "show")
    )
    assert {f.name for f in files} == {"contact_sheet.png", "predictions.mp4"}
    sheet = cv2.imread(str(tmp_path / "show" / "contact_sheet.png"))
    # boxes of the class's colour, (0-based) class 0 of the palette, were drawn
    assert (np.ptp(sheet.astype(int), axis=-1) > 100).sum() > 50


def test_another_dataset_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"STALDataset.*'SimpleNamespace'"):
        draw_predictions(SimpleNamespace(), "p.csv", str(tmp_path))
