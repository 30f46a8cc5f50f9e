"""Preprocessors that batch samples; importing the package registers them."""

from stal_plugin.models.data_preprocessors.actor_data_preprocessor import (
    ActorDataPreprocessor,
)
from stal_plugin.models.data_preprocessors.clip_data_preprocessor import (
    ClipDataPreprocessor,
)

__all__ = [
    "ActorDataPreprocessor",
    "ClipDataPreprocessor",
]
