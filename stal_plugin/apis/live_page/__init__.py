"""A page in the browser that shows what a detector sees, and a JSON API beside it."""

from stal_plugin.apis.live_page.live_page import LivePage
from stal_plugin.apis.live_page.paced_source import open_live

__all__ = ["LivePage", "open_live"]
