"""Rows that tell of cameras: what is the same of several channels of one device is told once."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from registry.models import Camera


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is told of a camera, and of `others`: further channels of its device of which the same is true."""

    camera: Camera
    others: tuple[Camera, ...] = ()

    @property
    def names(self) -> str:
        return ", ".join(camera.label for camera in (self.camera, *self.others))


AnyRow = TypeVar("AnyRow", bound=Row)


def once_a_device(rows: Iterable[AnyRow], told: Callable[[AnyRow], Hashable]) -> list[AnyRow]:
    """The rows, those of one device of which the same is `told` as one, in the place of the first."""
    found: dict[Hashable, AnyRow] = {}
    for row in rows:
        key = (row.camera.device_id or row.camera, told(row))
        first = found.get(key)
        found[key] = row if first is None else replace(first, others=(*first.others, row.camera))
    return list(found.values())
