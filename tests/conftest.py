"""Fixtures shared by all tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from mmengine.registry import DefaultScope

import stal_plugin  # noqa: F401  (mends the host packages)
from stal_plugin.datasets.formats import Annotation, VideoInfo, write_annotation
from stal_plugin.datasets.video import write_video

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# The same examples in every CI run; new ones on developers' machines. A machine that is
# busy with something else is no fault: no example has a time limit.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("any machine"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "any machine")
# Workers of pytest-xdist share the cores.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002  (host transforms use the global generator)


@pytest.fixture(autouse=True)
def _scope() -> Iterator[None]:
    """Run each test in the scope of our configs."""
    with DefaultScope.overwrite_default_scope("mmaction"):
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real sample videos beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real sample videos are not at {SHARED_DATA.name}/ beside us")
    return SHARED_DATA


@pytest.fixture(scope="session")
def own_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Own footage as a user has it: the csv of two videos, one per split.

    "wave hand" on frames 1 to 10 of the first and 5 to 8 of the second, "jump" on 21 to
    26 and 11 to 16. Do not write there.
    """
    root = tmp_path_factory.mktemp("own")
    rows = []
    for name, first, second in (("a", (1, 10), (21, 26)), ("b", (5, 8), (11, 16))):
        frames = (np.full((48, 64, 3), 100 + t, np.uint8) for t in range(40))
        write_video(root / f"{name}.mp4", frames, 25)
        for (begin, end), box, action in (
            (first, (0.25, 0.25, 0.75, 0.75), 1),
            (second, (0.125, 0.5, 0.375, 0.75), 2),
        ):
            rows += [(name, t, *box, action, action) for t in range(begin, end + 1)]
    ids, frame, x1, y1, x2, y2, action, person = zip(*rows, strict=True)
    annotation = Annotation(
        classes=["wave hand", "jump"],
        videos={
            name: VideoInfo(f"{name}.mp4", 25.0, 64, 48, 40, name, split)
            for name, split in (("a", "train"), ("b", "test"))
        },
        video_ids=np.array(ids, dtype=object),
        frames=np.array(frame),
        boxes=np.array([x1, y1, x2, y2]).T,
        action_ids=np.array(action),
        person_ids=np.array(person),
    )
    write_annotation(annotation, root / "annotations.csv")
    return root / "annotations.csv"
