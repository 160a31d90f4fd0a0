"""How a probe's items are divided where some hang together."""

from __future__ import annotations

import numpy as np

from trasluz.metrics.probe import split_groups


def test_whole_groups_are_held_out_and_enough_is_left_to_fit_on() -> None:
    """Ten words of each of some speakers: a quarter of the speakers, with all of their words."""
    for speakers in (6, 20):
        groups, words = np.repeat(np.arange(speakers), 10), np.tile(np.arange(10), speakers)
        train, test = split_groups(groups, words, 0)
        assert not set(groups[train]) & set(groups[test]) and len(train) + len(test) == 10 * speakers
        assert set(words[test]) == set(range(10)) and len(train) >= 0.6 * 10 * speakers
