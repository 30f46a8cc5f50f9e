"""Write the J-HMDB stand-in in the layout of the release."""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.io import savemat

from stal_plugin.annotations.importers.jhmdb_release import joint_file, mask_file
from stal_plugin.files.atomic_file import atomic_file
from standin.output_folder import begin, end
from standin.pose_programmes import reversed_poses
from standin.release_clip import ReleaseClip, ReleaseProfile, plan_clips

RELEASE_VERSION = 2
DESCRIPTION = "standin.json"
NOTE = "Synthetic: computer-generated stand-in for J-HMDB."
_FOLDERS = ("Rename_Images", "puppet_mask", "joint_positions", "splits")
_MAT_TEXT = 116  # bytes of free text that a MATLAB file starts with


def write_release(
    out_dir: Path,
    profile: ReleaseProfile,
    seed: int,
    advance: Callable[[int], None] = lambda frames: None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write frames, masks, joints and split files, and ``standin.json`` as the last.

    Args:
        out_dir: Folder, created if necessary.
        profile: Size of the stand-in and what occurs in it.
        seed: Seed; the same seed gives the same bytes.
        advance: Called with a number of frames that have just been written.
        overwrite: Whether to write over another data set in the folder.

    Returns:
        The content of ``standin.json``.

    Raises:
        ValueError: The folder holds another data set.
    """
    begin(out_dir, _FOLDERS, DESCRIPTION, overwrite)
    clips = plan_clips(profile, seed)
    for clip in clips:
        _write_clip(out_dir, clip, profile, seed)
        advance(clip.length)
    _write_splits(out_dir / "splits", clips)
    if profile.apple_double:
        _write_apple_double(out_dir, clips[0])
    description = describe_release(profile, seed)
    text = json.dumps(description, indent=2) + "\n"
    with atomic_file(out_dir / DESCRIPTION) as part:
        part.write_text(text, encoding="utf-8")
    end(out_dir)
    return description


def is_complete_release(out_dir: Path, profile: ReleaseProfile, seed: int) -> bool:
    """Whether a folder already holds just this stand-in.

    Args:
        out_dir: Folder to look into.
        profile: Size of the stand-in and what occurs in it.
        seed: Seed of the stand-in.

    Returns:
        True if it was completely written by this version with these settings.
    """
    try:
        description = json.loads((out_dir / DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return description == describe_release(profile, seed)


def describe_release(profile: ReleaseProfile, seed: int) -> dict[str, Any]:
    """Say what the stand-in is and what is in it.

    Args:
        profile: Size of the stand-in and what occurs in it.
        seed: Seed of the stand-in.

    Returns:
        Content of ``standin.json``; ``synthetic`` is always true.
    """
    clips = plan_clips(profile, seed)
    return {
        "synthetic": True,
        "note": NOTE,
        "generator": "synthesize_jhmdb.py",
        "generator_version": RELEASE_VERSION,
        "size": profile.name,
        "seed": seed,
        "width": profile.width,
        "height": profile.height,
        "classes": list(profile.classes),
        "reversed_classes": [list(p) for p in reversed_poses(profile.classes)],
        "videos": {f"{clip.action}/{clip.name}": clip.length for clip in clips},
        "fewer_masks": {
            f"{clip.action}/{clip.name}": clip.num_masks
            for clip in clips
            if clip.num_masks < clip.length
        },
    }


def _write_clip(
    out_dir: Path, clip: ReleaseClip, profile: ReleaseProfile, seed: int
) -> None:
    """Write frames, masks and joints of one clip."""
    video = f"{clip.action}/{clip.name}"
    folder = out_dir / "Rename_Images" / video
    folder.mkdir(parents=True, exist_ok=True)
    masks = []
    for number, (image, mask) in enumerate(clip.frames(profile, seed), start=1):
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        png = cv2.imencode(".png", bgr)[1]  # imwrite does not tell why it fails
        _write(folder / f"{number:05d}.png", png.tobytes())
        masks.append(mask)
    part_mask = np.stack(masks[: clip.num_masks], axis=-1)
    _save_mat(mask_file(out_dir, video), {"part_mask": part_mask})
    # Pixels count from 1 there, and whole numbers are the middles of pixels.
    points = clip.joints(profile, seed)[: clip.num_masks].transpose(2, 1, 0) + 0.5
    size = np.array([profile.width, profile.height])[:, None, None]
    scale = (points[1].max(0) - points[1].min(0)) / profile.height
    world = (points / size - 0.5) * (size / profile.height) / scale
    _save_mat(
        joint_file(out_dir, video),
        {"pos_img": points, "pos_world": world, "scale": scale, "viewpoint": 1},
    )


def _write_splits(folder: Path, clips: list[ReleaseClip]) -> None:
    """Write ``<class>_test_split<n>.txt``: 1 is training, 2 is test."""
    folder.mkdir(parents=True, exist_ok=True)
    for action in dict.fromkeys(clip.action for clip in clips):
        for split in (1, 2, 3):
            lines = [
                f"{clip.name}.avi {2 if clip.in_test(split) else 1}\n"
                for clip in clips
                if clip.action == action
            ]
            path = folder / f"{action}_test_split{split}.txt"
            _write(path, "".join(lines).encode())


def _write_apple_double(out_dir: Path, clip: ReleaseClip) -> None:
    """Write what an old file server left behind: files of the same names, no images."""
    action = out_dir / "Rename_Images" / clip.action
    for folder in (action, action / clip.name, out_dir / "splits"):
        hidden = folder / ".AppleDouble"
        hidden.mkdir(exist_ok=True)
        (hidden / "00001.png").write_bytes(b"\x00\x05\x16\x07")


def _save_mat(path: Path, arrays: dict[str, Any]) -> None:
    """Write a MATLAB file without the date: the same data give the same file."""
    buffer = io.BytesIO()
    savemat(buffer, arrays, do_compression=True)
    text = f"MATLAB 5.0 MAT-file, {NOTE}".encode().ljust(_MAT_TEXT)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, text[:_MAT_TEXT] + buffer.getvalue()[_MAT_TEXT:])


def _write(path: Path, content: bytes) -> None:
    """Write one of thousands of files, or none; only ``standin.json`` is forced out."""
    try:
        path.write_bytes(content)
    except OSError as error:
        with suppress(OSError):  # a read-only disk refuses this, too
            path.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
