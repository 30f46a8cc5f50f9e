"""MultiSports' pickle: tubes whose corners are edges, clips of videos on YouTube."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.importers.import_options import (
    ImportOptions,
    check_options,
)
from stal_plugin.annotations.importers.importers import import_files
from stal_plugin.annotations.importers.recognition import sources_of
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.video import write_video

SERVE, JUMP = "volleyball/v_crsi07chcV8_c004", "aerobic_gymnastics/v_0kUtTtmLaJA_c001"


def write(folder: Path, **changes: object) -> Path:
    tube = np.float32([[2, 0, 0, 24, 16], [3, 24, 16, 48, 32]])
    videos = (SERVE, JUMP)
    data = {
        "labels": ["aerobic push up", "volleyball serve"],
        "train_videos": [[SERVE]],
        "test_videos": [[JUMP]],
        "nframes": dict.fromkeys(videos, 6),
        "resolution": dict.fromkeys(videos, (32, 48)),
        "gttubes": {
            SERVE: {1: [tube, tube + np.float32([2, 0, 0, 0, 0])]},
            JUMP: {0: [tube]},
        },
        **changes,
    }
    for video in videos:
        frames = np.zeros((6, 32, 48, 3), np.uint8)
        write_video(folder / f"{video}.mp4", iter(frames), 25)
    path = folder / "multisports_GT.pkl"
    path.write_bytes(pickle.dumps(data))
    return path


def imported(source: Path, **options: object) -> Annotation:
    form, sources = sources_of([source], "auto")
    assert form == "multisports"
    given = ImportOptions(**options)  # type: ignore[arg-type]
    check_options(form, given)
    library = VideoLibrary(source.parent, source.parent / "out")
    return import_files(form, sources, library, given)[0]


def test_tubes_of_parts_of_a_video(tmp_path: Path) -> None:
    annotation = imported(write(tmp_path))
    assert annotation.classes == ["aerobic push up", "volleyball serve"]
    assert annotation.rows.frames.tolist() == [2, 3, 4, 5, 2, 3]
    assert annotation.rows.person_ids.tolist() == [0, 0, 1, 1, 0, 0]
    assert annotation.rows.labels.tolist() == [1, 1, 1, 1, 0, 0]
    # edges, not pixels inside: half of the frame is half of it
    np.testing.assert_allclose(annotation.rows.boxes[0], [0, 0, 0.5, 0.5])
    splits = {name: info.split for name, info in annotation.videos.items()}
    assert splits == {SERVE: "train", JUMP: "test"}
    assert annotation.videos[SERVE].source == "v_crsi07chcV8"
    assert annotation.videos[SERVE].labelled is None  # the other frames show nobody


def test_faults(tmp_path: Path) -> None:
    beyond = {SERVE: {1: [np.float32([[7, 0, 0, 24, 16]])]}}
    with pytest.raises(ValueError, match=f"{SERVE}: a tube has frame 7.*video has 6"):
        imported(write(tmp_path, gttubes=beyond))
    label = {SERVE: {2: [np.float32([[1, 0, 0, 24, 16]])]}}
    with pytest.raises(ValueError, match=r"label 2 is not in 0\.\.1"):
        imported(write(tmp_path, gttubes=label))
    with pytest.raises(ValueError, match="--from multisports has no --start"):
        imported(write(tmp_path), start=900.0)
    (tmp_path / f"{SERVE}.mp4").unlink()
    with pytest.raises(FileNotFoundError, match=f"no video '{SERVE}'"):
        imported(tmp_path / "multisports_GT.pkl")
