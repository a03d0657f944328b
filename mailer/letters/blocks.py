"""Markdown as blocks of words: what a letter says, before anybody asks how wide the paper is.

Takes   Markdown as it was approved; values for the slots.
Gives   Blocks of Pieces.
Fails   never: text with Problems is plain paragraphs.

A link on paper is its address, in brackets after its words. Tables and pictures are not for letters: a table's cells
come one after the other, a picture is its text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mailer.content import markdown
from mailer.letters.faces import Style

DEEPEST = 5  # lists within lists; deeper ones stand where the fifth stands
HEADINGS = {"h1": 1.3, "h2": 1.18, "h3": 1.08}  # times the size; the smaller ones are bold text
_OPENS_WORDS = ("paragraph_open", "heading_open", "th_open", "td_open")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one style; ”\\n” is a new line."""

    text: str
    style: Style = ""


@dataclass(slots=True)
class Block:
    """A paragraph, a heading, an item of a list. `scale`: of the size."""

    pieces: list[Piece] = field(default_factory=list)
    indent: int = 0
    mark: str = ""  # ”•”, ”2.”: hangs before the first line
    scale: float = 1
    is_heading: bool = False
    is_tight: bool = False  # little air above: an item of a list that is not the first
    is_rule: bool = False


def blocks(text: str, slots: Mapping[str, str]) -> list[Block]:
    """The blocks in order. `slots`: slot's name -> value; without one its fallback stands."""
    if markdown.problems(text, ""):
        return [Block([Piece(part)]) for part in re.split(r"\n\s*\n", text) if part.strip()]
    reader = _Reader(slots)
    for token in markdown.tokens(text):
        reader.read(token)
    return [block for block in reader.blocks if block.pieces or block.is_rule or block.mark]


class _Reader:
    """Goes through the tokens, and remembers which lists and quotations it is in."""

    def __init__(self, slots: Mapping[str, str]) -> None:
        self.blocks: list[Block] = []
        self._slots = slots
        self._lists: list[int | None] = []  # of each list: the next number, or None for bullets
        self._quoted = 0
        self._mark = ""
        self._is_tight = False

    def read(self, token: Any) -> None:
        kind = token.type
        if kind in _OPENS_WORDS:
            self._open(token)
        elif kind == "inline":
            style: Style = "B" if self.blocks[-1].is_heading else ""
            self.blocks[-1].pieces += _inline(token.children or [], self._slots, style)
        elif kind in ("blockquote_open", "blockquote_close"):
            self._quoted += int(token.nesting)
        elif "list" in kind:
            self._list(token)
        else:
            self._alone(token)

    def _open(self, token: Any) -> None:
        is_heading = token.type == "heading_open"
        block = Block([], self._indent(), self._mark, is_heading=is_heading, is_tight=self._is_tight)
        block.scale = HEADINGS.get(token.tag, 1) if is_heading else 1
        self._mark, self._is_tight = "", False
        self.blocks.append(block)

    def _list(self, token: Any) -> None:
        if token.type == "list_item_open":
            number = self._lists[-1]
            self._mark = "•" if number is None else f"{number}."
            self._is_tight = bool(self.blocks and self.blocks[-1].mark)
            self._lists[-1] = None if number is None else number + 1
        elif token.type.endswith("_list_open"):
            self._lists.append(int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else None)
        elif token.type.endswith("_list_close"):
            self._lists.pop()

    def _alone(self, token: Any) -> None:
        """A block that is one token."""
        if token.type in ("fence", "code_block"):
            lines = token.content.rstrip("\n").split("\n")
            pieces = [piece for line in lines for piece in (Piece(line), Piece("\n"))]
            self.blocks.append(Block(pieces[:-1], self._indent(1)))
        elif token.type == "hr":
            self.blocks.append(Block(is_rule=True))
        elif token.type == "figure":
            self.blocks.append(Block([Piece(token.meta["figure"].alt, "I")]))

    def _indent(self, more: int = 0) -> int:
        return min(len(self._lists) + self._quoted + more, DEEPEST)


def _inline(children: Iterable[Any], slots: Mapping[str, str], style: Style) -> Iterator[Piece]:
    bold, italic, address, words = int("B" in style), int("I" in style), "", ""
    for token in children:
        kind = token.type
        now: Style = "BI" if bold and italic else "B" if bold else "I" if italic else ""
        if kind in ("strong_open", "strong_close"):
            bold += 1 if kind.endswith("open") else -1
        elif kind in ("em_open", "em_close"):
            italic += 1 if kind.endswith("open") else -1
        elif kind == "link_open":
            address, words = str(token.attrs.get("href", "")), ""
        elif kind == "link_close":
            if (shown := _address(address, words)) is not None:
                yield Piece(shown, now)
            address = ""
        elif kind in ("softbreak", "hardbreak"):
            yield Piece(" " if kind == "softbreak" else "\n", now)
        else:
            said = token.content
            if kind == "slot":
                slot = token.meta["slot"]
                said = slots.get(slot.name, "") or slot.fallback
            if said:
                words += said
                yield Piece(said.replace("\n", " "), now)


def _address(address: str, words: str) -> str | None:
    """What follows the words of a link; None when they are the address."""
    shown = re.sub(r"^(https?://|mailto:|tel:)", "", address, flags=re.I).removesuffix("/")
    if not shown or address.startswith("#") or shown.casefold() in words.casefold():
        return None
    return f" ({shown})"
