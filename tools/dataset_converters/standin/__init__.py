"""Synthetic footage in the form of Agot and of J-HMDB."""

from standin.generate import is_complete, write_standin
from standin.profile import Profile
from standin.profiles import PROFILES
from standin.schedule import build_schedule

__all__ = [
    "PROFILES",
    "Profile",
    "build_schedule",
    "is_complete",
    "write_standin",
]
