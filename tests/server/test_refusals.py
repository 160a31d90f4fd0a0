"""From errors to what a page is told: a sort that stays, a status, and nothing that is nobody's business."""

from __future__ import annotations

import errno

import pytest

from trasluz.base import errors
from trasluz.server import refusals
from trasluz.server.refusals import as_ours, document, kind_of, status_of

KINDS = {
    "error": 400,
    "invalid_argument": 400,
    "unknown_name": 404,
    "name_taken": 409,
    "unsafe_path": 404,
    "data_error": 400,
    "damaged_file": 400,
    "version_mismatch": 400,
    "later_version": 400,
    "identity_mismatch": 409,
    "workspace_locked": 409,
    "no_space": 507,
    "no_permission": 403,
    "missing_extra": 400,
    "code_not_allowed": 403,
    "not_invertible": 400,
    "not_differentiable": 400,
    "diverged": 400,
    "stopped": 400,
    "refused": 403,
    "no_token": 401,
    "not_allowed": 405,
    "too_large": 413,
    "too_slow": 408,
    "old_page": 409,
    "busy": 503,
    "taken": 409,
    "not_there": 404,
    "gone": 410,
    "map_changed": 409,
    "map_closed": 404,
    "internal": 500,
}
"""What pages know by heart."""


def known() -> list[type[errors.TrasluzError]]:
    found = [kind for part in (errors, refusals) for kind in vars(part).values() if isinstance(kind, type)]
    return [kind for kind in dict.fromkeys(found) if issubclass(kind, errors.TrasluzError)]


def made(kind: type[errors.TrasluzError]) -> errors.TrasluzError:
    return kind("thing", "x", ()) if issubclass(kind, errors.UnknownName) else kind("what")


def test_every_error_has_a_sort_and_a_status_that_stay():
    assert {kind_of(made(kind)): status_of(made(kind)) for kind in known()} == KINDS


def test_an_error_of_a_plugin_is_of_the_nearest_sort_of_ours():
    class Foreign(errors.NotInvertible):
        pass

    assert kind_of(Foreign("no way")) == "not_invertible"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), "busy"),
        (OSError(errno.ENOSPC, "full"), "no_space"),
        (KeyError("a secret"), "internal"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "busy"),
    ],
)
def test_errors_of_others_are_told_as_ours(error, kind):
    said = document(as_ours(error))
    assert said["kind"] == kind and "secret" not in str(said)
    number = {"number"} if kind == "internal" else set[str]()
    assert set(said) == {"kind", "what", "got", "allowed", "next", "sentence", "stopped"} | number
