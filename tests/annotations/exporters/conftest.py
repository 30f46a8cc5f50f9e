"""Two small videos, and a round trip through a tool's format."""

import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.annotation import VideoInfo
from stal_plugin.annotations.exporters.export import CLASSES, Exported, export
from stal_plugin.annotations.importers.import_options import ActionRule, ImportOptions
from stal_plugin.annotations.importers.importers import import_files
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import write_video

FRAMES, WIDTH, HEIGHT = 12, 64, 48
VIDEOS = ("a & b", "night/c")


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of two videos of 12 frames."""
    root = tmp_path_factory.mktemp("export")
    for name in VIDEOS:
        (root / name).parent.mkdir(exist_ok=True)
        images = (np.full((HEIGHT, WIDTH, 3), 9 * t, np.uint8) for t in range(FRAMES))
        write_video(root / f"{name}.mp4", images, 25)
    return root


@pytest.fixture(scope="session")
def annotation_of() -> Callable:
    """Return a function that makes an annotation of rows.

    A row is video, frame, box in pixels, person and class.
    """

    def make(rows: list[tuple], classes: list[str], **video: object) -> Annotation:
        names, frames, boxes, persons, labels = zip(*rows, strict=True)
        size = (25.0, WIDTH, HEIGHT, FRAMES)
        scale = np.array([WIDTH, HEIGHT] * 2)
        return Annotation(
            classes,
            {n: VideoInfo(f"../x/{n}.mp4", *size, n, "train", **video) for n in VIDEOS},
            rows=BoxTable(
                np.array(frames),
                np.round(np.array(boxes, float) / scale, 6),
                np.array(labels),
                video_ids=np.array(names, object),
                person_ids=np.array(persons),
            ),
        )

    return make


@pytest.fixture(scope="session")
def bring_back(videos: Path) -> Callable:
    """Return a function that imports what was exported, as its command says."""

    def bring(written: Exported, out: Path, form: str) -> Annotation:
        words = written.command.split(" --action ")
        actions = ()
        if len(words) > 1:
            actions = tuple(shlex.split(words[1].split(" --track ")[0]))
        rule = ActionRule(actions, track="person_id" if form == "via" else "")
        options = ImportOptions(
            rule, labels=out / CLASSES, frame_base=0 if form == "coco" else None
        )
        library = VideoLibrary(videos, out / "new", "in-place", 25.0, lambda n: None)
        return import_files(form, written.files, library, options)[0]

    return bring


@pytest.fixture(scope="session")
def export_rows() -> Callable:
    """Return :func:`export` with the annotation's own rows."""

    def run(annotation: Annotation, form: str, out: Path, **kwargs: object) -> Exported:
        return export(annotation, annotation.rows, form, out, **kwargs)

    return run
