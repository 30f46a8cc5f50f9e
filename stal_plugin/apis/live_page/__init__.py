"""A page in the browser that shows what a detector sees, and a JSON API beside it."""

from stal_plugin.apis.live_page.live_page import LivePage
from stal_plugin.apis.live_page.paced_source import live_sources

__all__ = ["LivePage", "live_sources"]
