"""Videos that appear, change or go between two steps: no step shows what was before."""

import json
import pickle
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.video import VideoReader

from .child import run_tool
from .workshop import coco

pytestmark = pytest.mark.slow
PAIR = ("annotations.csv", "annotations.json")


@pytest.fixture(scope="module")
def versions(
    tmp_path_factory: pytest.TempPathFactory, make_video: Callable
) -> list[Path]:
    """Videos under one name: of other lengths, key frames and frames."""
    root = tmp_path_factory.mktemp("versions")
    made = []
    for number, options in enumerate(
        (
            {"count": 40, "gop": 12},
            {"count": 40, "gop": 5, "b_frames": 0},
            {"count": 55, "gop": 12},
            {"count": 25, "codec": "mpeg4", "gop": 7},
        )
    ):
        path = make_video(root / f"{number}.mp4", **options)
        made.append(path)
    return made


def replace(path: Path, new: Path, rng: random.Random) -> str:
    """Put a video in the place of another one, in one of the two usual ways."""
    if rng.random() < 0.5:
        shutil.copyfile(new, path)
        return "written over"
    shutil.copyfile(new, path.with_name("new"))
    path.with_name("new").replace(path)
    return "renamed"


def read_after_a_change(
    path: Path, versions: list[Path], rng: random.Random, number_of: Callable
) -> tuple[str, str | None]:
    """Read, change the video, read again; returns what was done and what is wrong."""
    old, new = rng.sample(versions, 2)
    shutil.copyfile(old, path)
    reader = VideoReader(path)
    reader.read([rng.randrange(20)])
    kept = rng.choice(("open", "closed", "sent to a worker"))
    if kept != "open":
        reader.close()
    if kept == "sent to a worker":
        reader = pickle.loads(pickle.dumps(reader))
    how = replace(path, new, rng)
    numbers = [rng.randrange(20) for _ in range(3)]
    case = f"{old.name} to {new.name}, {how}, reader {kept}, frames {numbers}"
    try:
        shown = [number_of(image) for image in reader.read(numbers)]
    except ValueError:
        return case, None  # written over while it was open: refused
    finally:
        reader.close()
    return case, None if shown == numbers else f"the frames are {shown}"


def test_readers_of_videos_that_change(
    campaign: Callable, versions: list[Path], number_of: Callable, tmp_path: Path
) -> None:
    """A number means the same frame, whatever was known of the file before."""
    with campaign("videos that change under a reader", share=0.03) as part:
        for rng in part.cases(12):
            part.record(
                *read_after_a_change(tmp_path / "v.mp4", versions, rng, number_of)
            )


def annotated(folder: Path) -> Path:
    """Boxes on frames 1, 5, ... 17 of the video ``a`` and, if it is there, of ``b``."""
    data = json.loads(coco(("wipe", "roll"), 0))
    data["images"] = [image for image in data["images"] if image["id"] < 18]
    known = {image["id"] for image in data["images"]}
    boxes = [box for box in data["annotations"] if box["image_id"] in known]
    data["annotations"] = list(boxes)
    if (folder / "b.mp4").exists():
        for image in list(data["images"]):
            name = image["file_name"].replace("a/", "b/")
            data["images"].append({**image, "id": image["id"] + 500, "file_name": name})
        for box in boxes:
            ids = {"id": box["id"] + 500, "image_id": box["image_id"] + 500}
            data["annotations"].append({**box, **ids})
    for image in data["images"]:
        image.update(width=96, height=64)
    path = folder.parent / "boxes.json"
    path.write_text(json.dumps(data))
    return path


def imported(folder: Path, out: Path) -> str | None:
    """Import, or say what went wrong."""
    words = ("data.py", "import", "--from", "coco", annotated(folder), folder)
    options = ("--out", out, "--frame-base", "1", "--overwrite")
    ended = run_tool(*map(str, (*words, *options)), folder=folder.parent)
    return None if ended.status == 0 else f"import: {ended.text[-300:]}"


def change_and_import(
    root: Path, versions: list[Path], rng: random.Random
) -> tuple[str, str | None]:
    """Change videos between import, validation and the next import."""
    shutil.rmtree(root, ignore_errors=True)
    folder, out = root / "in", root / "out"
    folder.mkdir(parents=True)
    first, other = rng.sample(versions, 2)
    shutil.copyfile(first, folder / "a.mp4")
    problem = imported(folder, out)
    steps = [rng.choice(("b appears", "a changes", "c appears")) for _ in range(2)]
    for step in steps:
        if step == "a changes":
            replace(folder / "a.mp4", other, rng)
        else:
            shutil.copyfile(rng.choice(versions), folder / f"{step[0]}.mp4")
    case = f"{first.name}, {other.name}: {', '.join(steps)}"
    if problem:
        return case, problem
    lengths = {"2.mp4": 55, "3.mp4": 25}
    grew = lengths.get(first.name, 40) != lengths.get(other.name, 40)
    stale = grew and "a changes" in steps
    ended = run_tool("data.py", "validate", str(out), folder=root)
    if ("num_frames" in ended.text) != stale or ended.status not in (0, 1):
        return case, f"validate ends with {ended.status}: {ended.text[-300:]}"
    problem = imported(folder, out) or imported(folder, root / "fresh")
    if problem:
        return case, problem
    changed = [
        name
        for name in PAIR
        if (out / name).read_bytes() != (root / "fresh" / name).read_bytes()
    ]
    return case, f"{changed} are not those of a new folder" if changed else None


def test_videos_that_appear_between_steps(
    campaign: Callable, versions: list[Path], tmp_path: Path
) -> None:
    """The next import is the one of a new folder; validate tells what is stale."""
    with campaign("videos that appear or change between steps", share=0.03) as part:
        for rng in part.cases(3):
            part.record(*change_and_import(tmp_path / "work", versions, rng))
