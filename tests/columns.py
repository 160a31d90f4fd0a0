"""Columns as strangers bring them: values, what they are, and how many rows have none."""

from __future__ import annotations

import math
from typing import Any

N = 120
NAN = math.nan


def _times(*values: Any) -> list[Any]:
    """N rows that take these values in turn."""
    return [values[i % len(values)] for i in range(N)]


HOSTILE: dict[str, tuple[list[Any], str, int]] = {
    "fractions": ([i / 7 for i in range(N)], "quantity", 0),
    "fractions_few": (_times(0.5, 1.5), "quantity", 0),
    "gaps": (_times(1.25, NAN, 3.5, None), "quantity", N // 2),
    "whole_gaps": (_times(3.0, NAN, 5.0, 8.0), "order", N // 4),
    "infinite": (_times(0.5, math.inf, -math.inf, 2.25), "quantity", N // 2),
    "whole_few": (_times(*range(5)), "order", 0),
    "whole_fifteen": (_times(*range(15)), "order", 0),
    "whole_thirty": (_times(*range(30)), "quantity", 0),
    "whole_many": (list(range(N)), "quantity", 0),
    "zeros": (_times(-0.0, 0.0, 1.0), "order", 0),
    "huge": ([10**25 + i * 10**20 for i in range(N)], "quantity", 0),
    "truth": (_times(True, False), "category", 0),
    "truth_gaps": (_times(True, None, False), "category", N // 3),
    "names": (_times("red", "green", "blue"), "category", 0),
    "empty": (_times("red", "", "  ", "blue"), "category", N // 2),
    "unicode": (_times("猫", "狗", "e\u0301", "\u202eabc", "$x^{", "<b>"), "category", 0),
    "written_numbers": (_times("3", "10", "7"), "category", 0),
    "dates": ([f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(N)], "date", 0),
    "moments": (_times("2024-05-01T12:30:00Z", "2024-05-01 13:30", None), "date", N // 3),
    "no_dates": (_times("2024-13-45", "2024-02-30"), "category", 0),
    "own_names": ([f"IMG_{i:05d}.png" for i in range(N)], "text", 0),
    "mixed": (_times(1, "one", 2.5, True), "category", 0),
    "constant": (_times("same"), "category", 0),
    "constant_number": (_times(4.5), "quantity", 0),
    "nothing": (_times(None), "category", N),
    "nothing_numbers": (_times(NAN), "category", N),
    "thousands": ([f"word {i}" for i in range(10_000)], "text", 0),
}
