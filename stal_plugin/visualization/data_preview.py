"""DataPreview: pictures and videos of an annotation, class by class."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.splits.split_annotation import clips_of
from stal_plugin.video import read_frames, write_video
from stal_plugin.visualization.box_overlay import BoxOverlay
from stal_plugin.visualization.draw import (
    add_caption,
    centred,
    draw_frame,
    resize_frame,
)
from stal_plugin.visualization.picture_grid import contact_sheet, write_png
from stal_plugin.wording import counted

_CANVAS = (640, 360)  # width and height of the videos
_TILE = 320  # width of the pictures on a contact sheet
_COLUMNS = 4


class DataPreview:
    """Draws the boxes of an annotation on its frames.

    Args:
        annotation: Rows sorted by video and frame.
        folder: Folder that the videos are relative to.
    """

    def __init__(self, annotation: Annotation, folder: Path) -> None:
        self.annotation = annotation
        self.folder = folder
        self._videos = list(annotation.videos.items())
        self._slices = list(annotation.video_slices().values())
        clips = clips_of(annotation)
        self._counts = np.bincount(clips[2], minlength=len(annotation.classes))
        self._clips = joined_clips(*clips)

    def write(
        self,
        out: Path,
        frames: int = 12,
        clips: int = 4,
        seconds: float = 4.0,
        advance: Callable[[int], None] = lambda _: None,
    ) -> list[Path]:
        """Write a contact sheet and a video per class.

        Args:
            out: Folder to write.
            frames: Pictures on a contact sheet.
            clips: Clips in a video; 0 writes no video.
            seconds: Longest stretch of a clip that is shown.
            advance: Called after each class.

        Returns:
            The files that were written; none for a class without a box.
        """
        written = []
        for label, name in enumerate(self.annotation.classes):
            chosen = self.choose(label, max(frames, clips))
            stem = f"{label + 1:02d}_{_file_name(name)}"
            if len(chosen):
                written.append(out / f"{stem}.png")
                self._sheet(written[-1], label, chosen[:frames], frames)
            if len(chosen) and clips:
                written.append(out / f"{stem}.mp4")
                fps = self._videos[self._clips[0][chosen[0]]][1].fps
                images = self._footage(chosen[:clips], seconds)
                write_video(written[-1], images, fps, _CANVAS)
            advance(1)
        return written

    def choose(self, label: int, count: int) -> NDArray[np.int64]:
        """Choose clips of a class, each video in turn.

        Args:
            label: The class, from 0.
            count: Clips at most.

        Returns:
            Their indices in the clips of the annotation.
        """
        videos, _, labels = self._clips
        own = np.flatnonzero(labels == label)
        turn = np.zeros(len(own), np.int64)
        for video in np.unique(videos[own]):
            of_video = videos[own] == video
            turn[of_video] = np.arange(of_video.sum())
        return own[np.lexsort((videos[own], turn))][:count]

    def draw(self, video: int, frame: int, image: NDArray[np.uint8]) -> NDArray:
        """Draw all boxes of a frame.

        Args:
            video: Index of the video.
            frame: Its frame, from 1.
            image: The frame, RGB.

        Returns:
            ``(H, W, 3)`` RGB.
        """
        rows = self._slices[video]
        bounds = np.searchsorted(self.annotation.rows.frames[rows], [frame, frame + 1])
        own = slice(*(rows.start + bounds).tolist())
        height, width = image.shape[:2]
        boxes = self.annotation.rows.boxes[own] * [width, height, width, height]
        labels = self.annotation.rows.labels[own]
        persons = self.annotation.rows.person_ids[own]
        ids = persons if (persons >= 0).all() else None
        overlay = BoxOverlay.of_ground_truth(
            boxes, labels, self.annotation.classes, track_ids=ids
        )
        return draw_frame(image, overlay)

    def _sheet(
        self, path: Path, label: int, clips: NDArray[np.int64], frames: int
    ) -> None:
        """Show frames of each clip, from its inside, as many as fit."""
        each = -(-frames // len(clips))
        tiles = []
        for clip in clips.tolist():
            video = int(self._clips[0][clip])
            name, info = self._videos[video]
            first, last = self._clips[1][clip].tolist()
            spread = np.linspace(first, last, each + 2)[1:-1].round().astype(int)
            numbers = np.unique(spread)
            images = read_frames(self.folder / info.file, (numbers - 1).tolist())
            for frame, image in zip(numbers.tolist(), images, strict=True):
                height = max(2, round(_TILE * image.shape[0] / image.shape[1]))
                image = self.draw(video, frame, resize_frame(image, _TILE, height))
                tiles.append(add_caption(image, name, f", frame {frame}"))
        classes = self.annotation.classes
        heading = f"{classes[label]}: {counted(int(self._counts[label]), 'clip')}"
        write_png(path, contact_sheet(tiles[:frames], _COLUMNS, heading, classes))

    def _footage(self, clips: NDArray[np.int64], seconds: float) -> Iterator[NDArray]:
        for clip in clips.tolist():
            video = int(self._clips[0][clip])
            info = self._videos[video][1]
            first, last = self._clips[1][clip].tolist()
            last = min(last, first + max(1, round(seconds * info.fps)) - 1)
            images = read_frames(self.folder / info.file, range(first - 1, last))
            for frame, image in enumerate(images, first):
                yield centred(self.draw(video, frame, _on_canvas(image)), _CANVAS)


def joined_clips(
    videos: NDArray[np.int64], spans: NDArray[np.int64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Join clips of one action in one video that overlap: they show the same frames.

    Args:
        videos: ``(M,)``.
        spans: ``(M, 2)`` first and last frame.
        labels: ``(M,)``.

    Returns:
        The same of the joined clips, ordered by video, action and time.
    """
    order = np.lexsort((spans[:, 0], labels, videos))
    videos, spans, labels = videos[order], spans[order], labels[order]
    joined: list[tuple[int, int, int, int]] = []
    for video, (first, last), label in zip(
        videos.tolist(), spans.tolist(), labels.tolist(), strict=True
    ):
        if joined and joined[-1][:2] == (video, label) and first <= joined[-1][3]:
            joined[-1] = (*joined[-1][:3], max(last, joined[-1][3]))
        else:
            joined.append((video, label, first, last))
    table = np.array(joined, np.int64).reshape(-1, 4)
    return table[:, 0], table[:, 2:], table[:, 1]


def _on_canvas(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale a frame so that it fits the canvas."""
    height, width = image.shape[:2]
    scale = min(_CANVAS[0] / width, _CANVAS[1] / height)
    return resize_frame(
        image, max(2, round(width * scale)), max(2, round(height * scale))
    )


def _file_name(text: str) -> str:
    """A class's name as part of a file name."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in text)[:60]
