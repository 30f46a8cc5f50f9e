"""Synthetic footage in the form of the private Agot data and of the J-HMDB release.

Agot: ``labels`` and ``profile`` say what occurs, ``schedule`` when, ``motion`` how it
moves, ``appearance`` how it looks; ``scene`` renders it with ``figures`` and
``drawing``, ``generate`` writes it, the annotation with ``cvat_writer``. J-HMDB:
``pose_programmes``, ``articulated_figure``, ``release_clip``, ``jhmdb_release_writer``.
"""

from standin.generate import is_complete, write_standin
from standin.profile import PROFILES, Profile
from standin.schedule import build_schedule

__all__ = [
    "PROFILES",
    "Profile",
    "build_schedule",
    "is_complete",
    "write_standin",
]
