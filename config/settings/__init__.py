"""Settings, in rooms: environment → apps → web → services. Names are fixed (README)."""

from .apps import *  # noqa: F403
from .services import *  # noqa: F403
from .web import *  # noqa: F403
