"""Made by tools/make_docs.py from the registry; run it again instead of writing here."""

from trasluz import adapters as adapters
from trasluz import base as base
from trasluz import lab as lab
from trasluz import spaces as spaces
from trasluz.io.workspace import Workspace as Workspace
from trasluz.lab.atlases import export_atlas as export_atlas
from trasluz.lab.atlases import list_atlases as list_atlases
from trasluz.lab.atlases import remove_atlas as remove_atlas
from trasluz.lab.atlases import show_atlas as show_atlas
from trasluz.lab.data import describe_data as describe_data
from trasluz.lab.data import draw_data as draw_data
from trasluz.lab.data import known_data as known_data
from trasluz.lab.decode import decode as decode
from trasluz.lab.directions import apply_direction as apply_direction
from trasluz.lab.directions import direction as direction
from trasluz.lab.directions import list_directions as list_directions
from trasluz.lab.directions import remove_direction as remove_direction
from trasluz.lab.directions import rename_direction as rename_direction
from trasluz.lab.directions import show_direction as show_direction
from trasluz.lab.edit import edit as edit
from trasluz.lab.encode import encode as encode
from trasluz.lab.find import find as find
from trasluz.lab.interpolate import interpolate as interpolate
from trasluz.lab.invert import invert as invert
from trasluz.lab.map import map as map
from trasluz.lab.measure import measure as measure
from trasluz.lab.models import add_model as add_model
from trasluz.lab.models import allow_model as allow_model
from trasluz.lab.models import export_model as export_model
from trasluz.lab.models import list_models as list_models
from trasluz.lab.models import remove_model as remove_model
from trasluz.lab.models import show_model as show_model
from trasluz.lab.points import list_points as list_points
from trasluz.lab.points import remove_point as remove_point
from trasluz.lab.points import save_point as save_point
from trasluz.lab.sample import sample as sample
from trasluz.lab.shelf.data import load as load
from trasluz.lab.shelf.models import open as open
from trasluz.lab.states import states as states
from trasluz.lab.train import train as train
from trasluz.lab.traverse import traverse as traverse
from trasluz.openers.wrapped import wrap as wrap
from trasluz.server.verb import studio as studio

__version__: str
