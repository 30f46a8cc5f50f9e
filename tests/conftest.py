"""Fixtures shared by all tests."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import torch
from fixtures.config_text import keep_layouts
from fixtures.tool_server import ToolServer
from hypothesis import HealthCheck, settings
from mmengine.registry import DefaultScope
from numpy.typing import NDArray

import stal_plugin  # noqa: F401  (mends the host packages)
from stal_plugin.annotations import Annotation, VideoInfo, write_annotation
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import write_video

pytest_plugins = [
    "fixtures.boxes_and_tubes",
    "fixtures.finished_runs",
    "fixtures.loader_workers",
]

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# The same examples in every CI run; new ones on developers' machines. A machine that is
# busy with something else is no fault: no example has a time limit.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("any machine"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "any machine")
# Chosen for good: the hosts choose to spawn processes at the first distributed run.
multiprocessing.get_start_method()
# Workers of pytest-xdist share the cores.
torch.set_num_threads(1)
keep_layouts()


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002  (host transforms use the global generator)


@pytest.fixture(autouse=True, scope="session")
def _frames(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep decoded frames of tests out of the user's cache."""
    os.environ["STAL_FRAMES"] = str(tmp_path_factory.mktemp("frames"))


@pytest.fixture(autouse=True)
def _scope() -> Iterator[None]:
    """Run each test in the scope of our configs."""
    with DefaultScope.overwrite_default_scope("mmaction"):
        yield


@pytest.fixture(scope="session")
def tool_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolServer]:
    """Run Python programs in processes of their own, without waiting for torch."""
    folder = tmp_path_factory.mktemp("server")
    server = ToolServer(Path(__file__).parents[1], folder)
    yield server
    server.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real sample videos beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real sample videos are not at {SHARED_DATA.name}/ beside us")
    return SHARED_DATA


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """Folder of public troubles in small, beside the sample videos."""
    cases = SHARED_DATA.with_name("cases") / "field"
    if not cases.is_dir():
        pytest.skip(f"the cases are not at {cases.parent.name}/ beside us")
    return cases


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
        rows=BoxTable(
            frames=np.array(frame),
            boxes=np.array([x1, y1, x2, y2]).T,
            labels=np.array(action) - 1,
            video_ids=np.array(ids, dtype=object),
            person_ids=np.array(person),
        ),
    )
    write_annotation(annotation, root / "annotations.csv")
    return root / "annotations.csv"


_BITS = 8


def numbered_frame(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """A moving ramp with the frame's number as black and white bars on top."""
    ramp = (np.arange(width) * 3 + number * 5) % 256
    image = np.repeat(ramp[None, :, None], height, 0).repeat(3, 2).astype(np.uint8)
    bars = [255 * (number >> bit & 1) for bit in range(_BITS)]
    edges = np.linspace(0, width, _BITS + 1).astype(int)
    for bar, a, b in zip(bars, edges[:-1], edges[1:], strict=True):
        image[: height // 2, a:b] = bar
    return image


def read_number(image: NDArray[np.uint8]) -> int:
    """The number that a frame shows."""
    height, width = image.shape[:2]
    edges = np.linspace(0, width, _BITS + 1).astype(int)
    middle = (edges[:-1] + edges[1:]) // 2
    patch = image[height // 4 - 2 : height // 4 + 2, middle].mean((0, 2))
    return int((patch > 127) @ (1 << np.arange(_BITS)))


@pytest.fixture(scope="session")
def draw_number() -> Callable[[int, int, int], NDArray[np.uint8]]:
    return numbered_frame


@pytest.fixture(scope="session")
def number_of() -> Callable[[NDArray[np.uint8]], int]:
    return read_number


@pytest.fixture(scope="session")
def make_video() -> Callable[..., Path]:
    """Writer of a video of numbered frames, independent of ``write_video``."""

    def make(
        path: Path,
        codec: str = "libx264",
        size: tuple[int, int] = (96, 64),
        count: int = 40,
        gop: int = 12,
        b_frames: int = 2,
        **options: Any,
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = options.pop("movflags", "faststart")
        rotate = options.pop("rotate", 0)
        muxer = {"movflags": flags} if path.suffix == ".mp4" else {}
        with av.open(str(path), "w", options=muxer) as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.gop_size = gop
            stream.codec_context.max_b_frames = b_frames
            if codec == "mpeg4":
                stream.codec_context.bit_rate = 1_000_000
            stream.options = options
            if rotate:
                stream.set_display_rotation(rotate)
            for number in range(count):
                image = numbered_frame(number, *size)
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return make


@pytest.fixture(scope="session")
def decode_all() -> Callable[[Path], list[NDArray[np.uint8]]]:
    """Sequential decoding of a whole file: what frame numbers mean."""

    def decode(path: Path) -> list[NDArray[np.uint8]]:
        with av.open(str(path)) as container:
            return [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]

    return decode


# video, frame, box, action, person. A box of frame 5 has two labels.
GRAY_ROWS = [
    ("a/long", 1, (0.10, 0.20, 0.30, 0.60), 3, 0),
    ("a/long", 3, (0.10, 0.20, 0.30, 0.60), 1, 0),
    ("a/long", 3, (0.50, 0.25, 0.75, 0.50), 2, 1),
    ("a/long", 5, (0.10, 0.20, 0.30, 0.60), 1, 0),
    ("a/long", 5, (0.10, 0.20, 0.30, 0.60), 3, 0),
    ("a/long", 5, (0.10, 0.20, 0.30, 0.60), 2, 7),
    ("a/long", 30, (0.00, 0.00, 1.00, 1.00), 2, 2),
    ("b !@()& folder", 12, (0.25, 0.25, 0.50, 0.75), 2, 0),
]


def gray_frames(count: int) -> list[NDArray[np.uint8]]:
    """Frame t (0-based) has the gray level 20 + 5 t."""
    return [np.full((48, 64, 3), 20 + 5 * t, np.uint8) for t in range(count)]


@pytest.fixture(scope="session")
def gray_number() -> Callable[[NDArray[np.uint8]], int]:
    """0-based number of a frame of ``gray_footage``."""
    return lambda image: round((float(image.mean()) - 20) / 5)


@pytest.fixture(scope="session")
def gray_footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Annotation of a 40-frame mp4 (1-25 train, 26-40 test) and a folder of 12."""
    root = tmp_path_factory.mktemp("gray")
    write_video(root / "videos" / "long.mp4", gray_frames(40), fps=25, gop=8)
    (root / "folder").mkdir()
    for t, image in enumerate(gray_frames(12)):
        cv2.imwrite(str(root / "folder" / f"{t + 1:05d}.png"), image)
    split = {"train": (1, 25), "test": (26, 40)}
    ids, frames, boxes, actions, persons = zip(*GRAY_ROWS, strict=True)
    annotation = Annotation(
        classes=["left", "right", "wave"],
        mirrored_classes=[("left", "right")],
        reversed_classes=[("right", "wave")],
        synthetic=True,
        videos={
            "a/long": VideoInfo("videos/long.mp4", 25.0, 64, 48, 40, "s", split),
            "b !@()& folder": VideoInfo("folder", 10.0, 64, 48, 12, "s", "train"),
        },
        rows=BoxTable(
            frames=np.array(frames),
            boxes=np.array(boxes, dtype=np.float64),
            labels=np.array(actions) - 1,
            video_ids=np.array(ids, dtype=object),
            person_ids=np.array(persons),
        ),
    )
    write_annotation(annotation, root / "annotations.csv")
    return root / "annotations.csv"


@pytest.fixture
def annotation() -> Annotation:
    """Two videos, three classes; video b has two people on frame 2."""
    videos = {
        "b/x (1)": VideoInfo("b.mp4", 25.0, 100, 50, 10, "s0", "train"),
        "a,1": VideoInfo(
            "a.mp4", 29.97, 64, 48, 20, "s1", {"train": (1, 14), "test": (15, 20)}
        ),
    }
    return Annotation(
        classes=["wipe", "roll", "hand over"],
        videos=videos,
        mirrored_classes=[("wipe", "roll")],
        reversed_classes=[("roll", "hand over")],
        synthetic=True,
        note="süß",
        rows=BoxTable(
            frames=np.array([1, 2, 2, 2, 3, 14, 15]),
            boxes=np.array(
                [
                    [0.1, 0.2, 0.3, 0.4],
                    [0.1, 0.2, 0.3, 0.4],
                    [0.5, 0.2, 0.75, 0.4],
                    [0.5, 0.2, 0.75, 0.4],
                    [0.0, 0.0, 1.0, 1.0],
                    [0.25, 0.5, 0.5, 1.0],
                    [0.25, 0.5, 0.5, 1.0],
                ]
            ),
            labels=np.array([0, 0, 0, 1, 2, 0, 0]),
            video_ids=np.array(["b/x (1)"] * 4 + ["a,1"] * 3, dtype=object),
            person_ids=np.array([0, 0, 1, 1, 0, 4, 4]),
        ),
    )
