"""Computer-generated stand-in for the private Agot footage."""

from stal_plugin.datasets.standin.generate import write_standin
from stal_plugin.datasets.standin.profile import PROFILES, Profile
from stal_plugin.datasets.standin.schedule import build_schedule

__all__ = ["PROFILES", "Profile", "build_schedule", "write_standin"]
