"""Values of observations in types of JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from isoscope.inventory.capability_names import words
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import Capabilities
from isoscope.reports.plain import without_surrogates


def value_as_json(value: object) -> Any:  # noqa: ANN401, PLR0911 - any type of JSON, one line each
    """The value of an observation in types of JSON; sets sorted, so that it is always the same."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Observation):
        return value_as_json(value.value)
    if isinstance(value, Capabilities):
        sets = {"effective": value.effective, "bounding": value.bounding}
        return {name: words(bits) for name, bits in sets.items()}
    if is_dataclass(value):
        return {field.name: value_as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {without_surrogates(str(key)): value_as_json(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((value_as_json(item) for item in value), key=_order)
    if isinstance(value, tuple | list):
        return [value_as_json(item) for item in value]
    return without_surrogates(str(value))


def _order(item: object) -> tuple[float, str]:
    return (item, "") if isinstance(item, int | float) else (math.inf, str(item))
