"""A questionnaire and a channel plan as JSON, and back: what is approved is kept whole, whatever its files say later.

Takes   the values; the JSON.
Gives   the JSON; equal values.
Fails   never for what was written here.
"""

import dataclasses
import types
import typing
from collections.abc import Hashable, Mapping
from datetime import date, time
from enum import Enum
from functools import cache
from typing import Any, TypeVar

Value = TypeVar("Value")


def to_json(value: Any) -> Any:
    """Frozen dataclasses, tuples, enums, days and times of day, as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [to_json(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date | time) else value


def from_json(kind: type[Value], raw: Mapping[str, Any]) -> Value:
    """The value of a dataclass. A field that is not in the JSON (of an older release) gets its default."""
    types_of = _types(typing.cast(Hashable, kind))
    return kind(**{name: _read(types_of[name], one) for name, one in raw.items() if name in types_of})


@cache
def _types(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read(kind: Any, raw: Any) -> Any:
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if raw is None:
        return None
    if origin in (types.UnionType, typing.Union):
        return _read(next(k for k in inside if k is not type(None)), raw)
    if origin is tuple:
        each = [inside[0]] * len(raw) if inside[-1] is Ellipsis else list(inside)
        return tuple(_read(k, one) for k, one in zip(each, raw, strict=True))
    if dataclasses.is_dataclass(kind):
        return from_json(typing.cast(type[Any], kind), raw)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(raw)
    if kind in (date, time):
        return kind.fromisoformat(raw)
    return float(raw) if kind is float else raw
