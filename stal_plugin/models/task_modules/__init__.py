"""Anchors, target assignment and coding, outside the networks."""

from stal_plugin.models.task_modules.yowo_assigner import YOWOAssigner

__all__ = ["YOWOAssigner"]
