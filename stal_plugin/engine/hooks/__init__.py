"""Hooks of the runner."""

from stal_plugin.engine.hooks.actor_feature_hook import ActorFeatureHook
from stal_plugin.engine.hooks.atomic_checkpoint_hook import AtomicCheckpointHook
from stal_plugin.engine.hooks.clean_checkpoint_hook import CleanCheckpointHook
from stal_plugin.engine.hooks.fine_tune_hook import FineTuneHook
from stal_plugin.engine.hooks.keyframe_visualization_hook import (
    KeyframeVisualizationHook,
)
from stal_plugin.engine.hooks.non_finite_loss_hook import NonFiniteLossHook
from stal_plugin.engine.hooks.peak_memory_hook import PeakMemoryHook
from stal_plugin.engine.hooks.resume_schedule_hook import ResumeScheduleHook
from stal_plugin.engine.hooks.rng_state_hook import RNGStateHook
from stal_plugin.engine.hooks.sample_seed_hook import SampleSeedHook

__all__ = [
    "ActorFeatureHook",
    "AtomicCheckpointHook",
    "CleanCheckpointHook",
    "FineTuneHook",
    "KeyframeVisualizationHook",
    "NonFiniteLossHook",
    "PeakMemoryHook",
    "RNGStateHook",
    "ResumeScheduleHook",
    "SampleSeedHook",
]
