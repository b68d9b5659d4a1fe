"""The replay as one page that needs nothing else, written to a file or served on this machine."""

from sim.replay.page.html import page
from sim.replay.page.serve import serve

__all__ = ["page", "serve"]
