"""Files that were changed at random: read, or refused in one clear error."""

import os
import random
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.annotations.importers.video_library import VideoLibrary

from .child import in_child
from .mutations import mutated
from .readable_files import ReadableFile, limit_of_matlab, readable_files

_SHORT = {"ucf24 mat": 3, "joints mat": 3}  # cases of the short form
_OTHERS = 8
_SECONDS = 20.0  # of one case, on a busy machine
_MEMORY = 3 << 30  # bytes that a case may reserve beside what the tests have
_LONGEST = 1600  # characters of a refusal, without the path
_KINDS = (
    *("coco", "via", "labelme", "ava", "cvat video", "cvat images", "ucf24 txt"),
    *("ucf24 mat", "joints mat", "tubes", "own json", "own csv", "predictions"),
    *("via 2", "label studio", "ucf24 pickle", "yolo txt", "yolo yaml"),
    *("voc", "keypoints", "label list", "evaluated coco", "coco results"),
    *("evaluated ava", "proposals", "people"),
)


@pytest.fixture(scope="module")
def files(
    tmp_path_factory: pytest.TempPathFactory, make_video: Callable
) -> dict[str, ReadableFile]:
    root = tmp_path_factory.mktemp("mutated")
    make_video(root / "in/kitchen.mp4", count=10)
    library = VideoLibrary(root / "in", root / "out")
    library.get("kitchen")  # decoded once
    made = readable_files(root, library)
    assert set(made) == set(_KINDS)
    return made


def put(file: ReadableFile, folder: Path, content: bytes) -> None:
    """Write a file and what is beside it into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in ((file.name, content), *file.others):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def reading(file: ReadableFile, folder: Path) -> Callable[[], None]:
    """Return a call for a child: says what is wrong about the way it is refused."""

    def call() -> None:
        limit_of_matlab(seconds=3)
        try:
            file.read(folder)
        except (ValueError, FileNotFoundError) as error:
            text = str(error).replace(str(folder), "")
            if len(text) > _LONGEST:
                sys.stdout.write(f"refused in {len(text)} characters: {text[:100]}")
            if not text.strip() or "MemoryError" in text:
                sys.stdout.write(f"refused with {text[:100]!r}")

    return call


def _limits() -> None:
    with Path("/proc/self/statm").open() as file:
        size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (size + _MEMORY, size + _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@pytest.mark.parametrize("kind", _KINDS)
def test_good_files_are_read(
    kind: str, files: dict[str, ReadableFile], tmp_path: Path
) -> None:
    file = files[kind]
    put(file, tmp_path / "case", file.content)
    file.read(tmp_path / "case")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
@pytest.mark.parametrize("kind", _KINDS)
def test_changed_files_are_read_or_refused(
    kind: str, campaign: Callable, files: dict[str, ReadableFile], tmp_path: Path
) -> None:
    file, folder = files[kind], tmp_path / "case"
    with campaign(f"changed files: {kind}", share=0.4 / len(_KINDS)) as part:
        for number, rng in enumerate(part.cases(_SHORT.get(kind, _OTHERS))):
            change, content = mutated(rng, file.content)
            put(file, folder, content)
            ended = in_child(
                reading(file, folder), tmp_path, before=_limits, seconds=_SECONDS
            )
            problem = ended.problem()
            if problem is None and ended.text.strip():
                problem = ended.text.strip()[-300:]
            part.record(f"{number} ({change})", problem)
            if problem is not None:
                keep = os.environ.get("CAMPAIGN_KEEP")
                if keep:
                    Path(keep, f"{kind} {number}").write_bytes(content)


def test_changes_are_the_same_for_the_same_seed(
    files: dict[str, ReadableFile],
) -> None:
    content = files["coco"].content
    first = [mutated(random.Random(i), content) for i in range(20)]
    assert first == [mutated(random.Random(i), content) for i in range(20)]
    assert sum(new != content for _, new in first) > 15
