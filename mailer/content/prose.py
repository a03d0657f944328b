"""The words of a block, line by line, as the preflight reads them.

Takes   a Block whose Markdown has no Problems.
Gives   its lines and its links, each with the line of the file it stands on.
Fails   never.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from mailer.content import markdown
from mailer.content.blocks import Block


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, heading or cell as plain text. `number`: the line of the file it begins on."""

    text: str
    number: int
    linked: tuple[str, ...] = ()  # the words of its links

    def is_linked(self, words: str) -> bool:
        return any(words in linked for linked in self.linked)


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its words, where it leads, its line."""

    words: str
    address: str
    line: int


def lines_of(block: Block) -> Iterator[Line]:
    """The title, then each piece of text."""
    yield Line(block.title, 0)
    for line, children in _inlines(block):
        links = tuple(words for words, _ in _links(children))
        yield Line(" ".join(_words(children).split()), line, links)


def links_of(block: Block) -> Iterator[Link]:
    """The links of the text, and the button."""
    for line, children in _inlines(block):
        for words, address in _links(children):
            yield Link(words, address, line)
    if block.button:
        yield Link(block.button.text, block.button.address, 0)


def _inlines(block: Block) -> Iterator[tuple[int, Sequence[Token]]]:
    line = 0
    for token in markdown.tokens(block.body):
        line = token.map[0] if token.map else line
        if token.children:
            yield block.line_of_body + line, token.children


def _words(children: Sequence[Token]) -> str:
    return "".join(" " if c.type.endswith("break") else c.content for c in children if c.type != "image")


def _links(children: Sequence[Token]) -> Iterator[tuple[str, str]]:
    opened: Token | None = None
    words = ""
    for child in children:
        if child.type == "link_open":
            opened, words = child, ""
        elif child.type == "link_close" and opened is not None:
            yield " ".join(words.split()), str(opened.attrs.get("href", ""))
            opened = None
        else:
            words += child.content
