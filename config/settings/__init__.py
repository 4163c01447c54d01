"""Settings, in rooms: environment → apps → web → services. Names are fixed (README)."""

from .apps import *
from .environment import *
from .services import *
from .web import *
