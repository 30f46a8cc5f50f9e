"""Write the stand-in to a folder: videos, CVAT XML and a json that says what it is."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.video.video_writer import write_video
from standin.cvat_writer import CvatWriter
from standin.labels import ALL_LABELS
from standin.motion import mirrored_pairs, reversed_pairs
from standin.output_folder import begin, end
from standin.profile import Profile
from standin.scene import Scene
from standin.schedule import SourcePlan, build_schedule

GENERATOR_VERSION = 5
ANNOTATIONS = "annotations.xml"
DESCRIPTION = "standin.json"
NOTE = "Synthetic: computer-generated stand-in for the private Agot footage."
_CRF = 25


def write_standin(
    out_dir: Path,
    profile: Profile,
    seed: int,
    advance: Callable[[int], None] = lambda frames: None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write videos ``c0.mp4``, ..., ``annotations.xml`` and ``standin.json``.

    Every file is written under a temporary name and renamed when it is complete;
    ``standin.json`` comes last, so that its presence says that all is there.

    Args:
        out_dir: Folder, created if necessary.
        profile: Size of the footage and the clips in it.
        seed: Seed; the same seed gives the same frames and the same XML.
        advance: Called with a number of frames that have just been written.
        overwrite: Whether to write over another data set in the folder.

    Returns:
        The content of ``standin.json``.

    Raises:
        ValueError: The folder holds another data set.
    """
    plans = build_schedule(profile, seed)
    names = [ANNOTATIONS, *(f"{plan.name}.mp4" for plan in plans)]
    begin(out_dir, names, DESCRIPTION, overwrite)
    scenes = [Scene(profile, plan, seed) for plan in plans]
    with atomic_file(out_dir / ANNOTATIONS) as part:
        _write_xml(part, profile, scenes)
    for plan, scene in zip(plans, scenes, strict=True):
        frames = _counted(scene.frames(), advance)
        write_video(
            out_dir / f"{plan.name}.mp4",
            frames,
            profile.fps,
            gop=profile.fps,
            crf=_CRF,
            comment=f"{NOTE} Seed {seed}.",
        )
    description = describe(profile, plans, seed)
    text = json.dumps(description, indent=2) + "\n"
    with atomic_file(out_dir / DESCRIPTION) as part:
        part.write_text(text, encoding="utf-8")
    end(out_dir)
    return description


def is_complete(out_dir: Path, profile: Profile, seed: int) -> bool:
    """Whether a folder already holds just this stand-in.

    Args:
        out_dir: Folder to look into.
        profile: Size of the footage and the clips in it.
        seed: Seed of the stand-in.

    Returns:
        True if all files are there, made by this version with these settings.
    """
    description = describe(profile, build_schedule(profile, seed), seed)
    files = [DESCRIPTION, ANNOTATIONS, *description["sources"]]
    if not all((out_dir / name).is_file() for name in files):
        return False
    try:
        return json.loads((out_dir / DESCRIPTION).read_text("utf-8")) == description
    except ValueError:
        return False


def describe(profile: Profile, plans: list[SourcePlan], seed: int) -> dict[str, Any]:
    """Say what the footage is and what is in it.

    Args:
        profile: Size of the footage.
        plans: The source videos.
        seed: Seed of the stand-in.

    Returns:
        Content of ``standin.json``; ``synthetic`` is always true.
    """
    labels = [spec.name for spec in profile.clips]
    clips = dict.fromkeys(labels, 0)
    frames = dict.fromkeys(labels, 0)
    for plan in plans:
        for action in plan.actions:
            clips[action.label] += 1
            frames[action.label] += action.length
    return {
        "synthetic": True,
        "note": NOTE,
        "generator": "synthesize_agot.py",
        "generator_version": GENERATOR_VERSION,
        "size": profile.name,
        "seed": seed,
        "fps": profile.fps,
        "width": profile.width,
        "height": profile.height,
        "annotations": ANNOTATIONS,
        "sources": {f"{plan.name}.mp4": plan.num_frames for plan in plans},
        "mirrored_classes": [list(pair) for pair in mirrored_pairs(labels)],
        "reversed_classes": [list(pair) for pair in reversed_pairs(labels)],
        "clips": clips,
        "frames": frames,
    }


def _write_xml(path: Path, profile: Profile, scenes: list[Scene]) -> None:
    """Write all tracks of all sources."""
    tasks = [(f"{scene.plan.name}.mp4", scene.plan.num_frames) for scene in scenes]
    size = (profile.width, profile.height)
    with CvatWriter(path, "Agot stand-in", ALL_LABELS, tasks, size) as writer:
        for task_id, scene in enumerate(scenes, start=1):
            length = scene.plan.num_frames
            for segment in scene.plan.segments:
                for action in segment.actions:
                    boxes = scene.boxes(segment, action)
                    writer.write_track(
                        action.label, task_id, action.start, boxes, length
                    )


def _counted(
    frames: Iterable[np.ndarray], advance: Callable[[int], None]
) -> Iterator[np.ndarray]:
    """Report each frame that has been taken."""
    for frame in frames:
        yield frame
        advance(1)
