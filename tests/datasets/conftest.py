"""Fixtures for annotation files and videos."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from stal_plugin.datasets.formats import Annotation, VideoInfo, write_annotation
from stal_plugin.datasets.video import write_video

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


Track = tuple[str, Sequence[tuple]]


@pytest.fixture(scope="session")
def cvat_text() -> Callable[..., str]:
    """Text of a CVAT export: one task, or a project with several."""

    def track_text(number: int, task: str, track: Track) -> str:
        label, boxes = track
        extra = f' task_id="{task}" subset="default"' if task else ""
        lines = [
            f'<box frame="{frame}" keyframe="1" outside="{outside}" occluded="0" '
            f'xtl="{x1}" ytl="{y1}" xbr="{x2}" ybr="{y2}" z_order="0">\n</box>'
            for frame, outside, x1, y1, x2, y2 in boxes
        ]
        body = "\n".join(lines)
        return f'<track id="{number}" label="{label}"{extra}>\n{body}\n</track>\n'

    def task_text(task_id: str, name: str, length: int, size: tuple[int, int]) -> str:
        return (
            f"<task><id>{task_id}</id><name>{name}</name><size>{length}</size>"
            f"<mode>interpolation</mode><start_frame>0</start_frame>"
            f"<stop_frame>{length - 1}</stop_frame>"
            f"<segments><segment><id>99</id><start>0</start></segment></segments>"
            f"<original_size><width>{size[0]}</width><height>{size[1]}</height>"
            f"</original_size>LABELS<source>{name}.mp4</source></task>"
        )

    def make(
        labels: Sequence[str],
        tasks: dict[str, tuple[str, int]],
        tracks: Sequence[tuple[str, Track]],
        size: tuple[int, int] = (320, 180),
        project: bool = True,
    ) -> str:
        names = "".join(
            f"<label><name>{label}</name><attributes><attribute><name>speed</name>"
            "</attribute></attributes></label>"
            for label in labels
        )
        all_labels = f"<labels>{names}</labels>"
        texts = [task_text(i, name, n, size) for i, (name, n) in tasks.items()]
        if project:
            meta = (
                f"<project><id>7</id><name>kitchen</name><tasks>{''.join(texts)}"
                f"</tasks>{all_labels}</project>"
            ).replace("LABELS", "")
        else:
            meta = texts[0].replace("LABELS", all_labels)
        body = "".join(
            track_text(i, task if project else "", track)
            for i, (task, track) in enumerate(tracks)
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n'
            f"<version>1.1</version><meta>{meta}<dumped>today</dumped></meta>\n"
            f"{body}</annotations>\n"
        )

    return make


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
        video_ids=np.array(["b/x (1)"] * 4 + ["a,1"] * 3, dtype=object),
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
        action_ids=np.array([1, 1, 1, 2, 3, 1, 1]),
        person_ids=np.array([0, 0, 1, 1, 0, 4, 4]),
    )


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
        video_ids=np.array(ids, dtype=object),
        frames=np.array(frames),
        boxes=np.array(boxes, dtype=np.float64),
        action_ids=np.array(actions),
        person_ids=np.array(persons),
    )
    write_annotation(annotation, root / "annotations.csv")
    return root / "annotations.csv"
