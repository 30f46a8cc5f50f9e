"""Computer-generated stand-in for the private Agot footage."""

from stal_plugin.datasets.standin.generate import is_complete, write_standin
from stal_plugin.datasets.standin.profile import Profile
from stal_plugin.datasets.standin.profiles import PROFILES
from stal_plugin.datasets.standin.schedule import build_schedule

__all__ = ["PROFILES", "Profile", "build_schedule", "is_complete", "write_standin"]
