"""The pictures of blocks: read beside them, made ready for a mail, remembered by their hash.

Takes   the folder the blocks lie in, and the blocks.
Gives   Images by the path their blocks name, and what is wrong with the others; a hash of each file.
Fails   never: a block goes on without a picture that cannot be had.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from mailer.content import images
from mailer.content.blocks import Block, Picture
from mailer.content.folder import read_picture
from mailer.content.images import Image
from mailer.content.source import where
from mailer.errors import EditorError, Problem

MORE = "Ta bort någon annan bild, eller lägg den på hemsidan och länka dit."


def prepare(folder: Path, blocks: Iterable[Block], title: str) -> tuple[dict[str, Image], tuple[Problem, ...]]:
    """The pictures of all blocks, small enough to travel together, by path. `title` names them together."""
    found: dict[str, Image] = {}
    problems: list[Problem] = []
    for block, picture in _pictures(blocks):
        try:
            image = images.prepare(read_picture(folder, picture.path), where(block.path), picture.line)
        except EditorError as wrong:
            problems += (Problem(where(block.path), p.what, p.remedy, picture.line) for p in wrong.problems)
            continue
        problems += [image.note] if image.note else []
        found[picture.path] = image
    fitted, left_out = _fit(found, title)
    return fitted, tuple(dict.fromkeys((*problems, *left_out)))


def _fit(found: dict[str, Image], title: str) -> tuple[dict[str, Image], tuple[Problem, ...]]:
    """The pictures within what a mail may carry; the last are left out until the others fit."""
    kept, problems = list(found), tuple[Problem, ...]()
    while kept:
        try:
            fitted = images.fit(tuple(found[path] for path in kept), where=title)
        except EditorError as wrong:
            what = "bilden är inte med: numret har för många bilder."
            problems = (*wrong.problems, Problem(where(kept.pop()), what, MORE))
            continue
        return dict(zip(kept, fitted, strict=True)), problems
    return {}, problems


def hashes(folder: Path, blocks: Iterable[Block]) -> dict[str, str]:
    """Path -> hash of the file as it is now, ”” when it cannot be read. Files that have not changed are read once."""
    return {picture.path: _hash_now(folder, picture.path) for _, picture in _pictures(blocks)}


def _pictures(blocks: Iterable[Block]) -> list[tuple[Block, Picture]]:
    return [(block, picture) for block in blocks for picture in block.pictures]


def _hash_now(folder: Path, path: str) -> str:
    try:
        stamp = (folder / path).lstat()
        return _hash(folder, path, stamp.st_size, stamp.st_mtime_ns)
    except (OSError, EditorError):
        return ""


@lru_cache(maxsize=256)
def _hash(folder: Path, path: str, _size: int, _modified: int) -> str:
    return hashlib.sha256(read_picture(folder, path)).hexdigest()
