"""Storage of checkpoints: a file is whole or absent, and goes only once replaced."""

import re
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from stal_plugin.files.atomic_file import atomic_file

#: Name of the storage in ``backend_args``.
BACKEND = "stal_plugin.checkpoints"
#: Names of the files that training may delete again.
OWN_NAME = re.compile(r"(best_.+_)?(epoch|iter)_\d+\.pth")


class CheckpointStorage(LocalBackend):
    """mmengine's local storage, safe against crashes, full disks and foreign paths.

    mmengine 0.10.7 writes checkpoints in place and deletes the previous one first, so
    that a process that is killed meanwhile leaves none; and it deletes whatever path a
    resumed checkpoint names. Here :meth:`remove` only takes note, and
    :meth:`delete_replaced` deletes afterwards, and nothing but checkpoints of ours.
    """

    def __init__(self) -> None:
        super().__init__()
        self._replaced: list[Path] = []

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file in one step: it is complete, or as it was before.

        Args:
            obj: Contents.
            filepath: The file; its folder is made.

        Raises:
            OSError: It cannot be written, such as on a full disk.
        """
        with atomic_file(filepath) as part:
            part.write_bytes(obj)

    def remove(self, filepath: str | Path) -> None:
        """Note a file that may go once its successor is written."""
        self._replaced.append(Path(filepath))

    def rmtree(self, dir_path: str | Path) -> None:
        """Do nothing: no checkpoint of ours is a folder."""

    def delete_replaced(self, folder: str | Path) -> None:
        """Delete the files noted since the last call.

        Args:
            folder: Files elsewhere, and files that are no checkpoints by their name,
                stay.
        """
        files, self._replaced = self._replaced, []
        for file in files:
            inside = file.parent.resolve() == Path(folder).resolve()
            if inside and OWN_NAME.fullmatch(file.name):
                file.unlink(missing_ok=True)


register_backend(BACKEND, CheckpointStorage, force=True)
