"""Markdown as plain text: what those read who read without HTML, or hear.

Takes   Markdown text without Problems.
Gives   lines of at most 72 columns; an address is never broken, a slot's marker neither.
Fails   BrokenPromise on text that has Problems.
"""

import re
from collections.abc import Iterable

from markdown_it.tree import SyntaxTreeNode

from mailer.content.markdown import Fill, tokens
from mailer.slots import MARKER
from mailer.words import MONTHS

WIDTH = 72  # columns; RFC 3676 section 4.2 asks for 78 or less, and a reply adds ”> ”
USUAL_VALUE = 8  # columns a slot without a fallback is likely to take

# What is read in one breath stays on one line: ”070-174 06 05”, ”20 april”, ”kl. 18.30”.
_NUMBER = r"(?<!\d)0\d{1,3}-\d{2,3}(?: \d{2,3}){1,2}(?!\d)"
_TOGETHER = re.compile(rf"{_NUMBER}|\b\d{{1,2}} (?:{'|'.join(MONTHS)})\b|\bkl\. \d")

# Words are apart by spaces; a no-break space holds two together, and a marker is one word with what touches it.
_WORD = re.compile("(?:\ue000[^\ue002]*\ue002|[^ \t\n\ue000])+")


def text(markdown: str, width: int = WIDTH, fill: Fill | None = None) -> str:
    """The text of the Markdown, without a line end at its end. `fill`: as in `markdown.tokens`."""
    return "\n".join(_stack(SyntaxTreeNode(tokens(markdown, fill)).children, width))


def wrap(words: str, width: int = WIDTH, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most `width` columns unless a single word is longer; `first` and `rest` stand before them."""
    lines: list[str] = []
    line, begun = first, False
    for word in _WORD.findall(words):
        if begun and _columns(line) + 1 + _columns(word) > width:
            lines.append(line)
            line, begun = rest, False
        line += f" {word}" if begun else word
        begun = True
    return [*lines, line] if begun else lines


def picture(alt: str, credit: str = "", width: int = WIDTH) -> list[str]:
    """The lines that stand for a picture."""
    words = f"Bild: {alt}" if alt else "Bild"
    if credit:
        words = f"{words}{'' if words[-1] in '.!?' else '.'} Foto: {credit}"
    return wrap(f"[{words}]", width)


def _columns(line: str) -> int:
    return len(MARKER.sub(lambda m: m[2] or "x" * USUAL_VALUE, line))


def _stack(nodes: Iterable[SyntaxTreeNode], width: int) -> list[str]:
    """Blocks one after the other, an empty line between."""
    lines: list[str] = []
    for node in nodes:
        if block := _block(node, width):
            lines += ["", *block] if lines else block
    return lines


def _block(node: SyntaxTreeNode, width: int) -> list[str]:
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node, width)
    if node.type == "blockquote":
        return [f"> {line}".rstrip() for line in _stack(node.children, width - 2)]
    if node.type == "table":
        return _table(node, width)
    if node.type in ("fence", "code_block"):
        return [f"    {line}".rstrip() for line in node.content.rstrip("\n").split("\n")]
    if node.type == "hr":
        return ["* * *"]
    if node.type == "figure":
        figure = node.meta["figure"]
        return picture(figure.alt, figure.credit, width)
    return [line for part in _inline(node).split("\n") for line in wrap(part, width)]


def _list(node: SyntaxTreeNode, width: int) -> list[str]:
    """A list; items that hold more than one paragraph get an empty line between them."""
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 0
    items = []
    for nth, item in enumerate(node.children):
        bullet = f"{number + nth}. " if node.type == "ordered_list" else "- "
        stacked = _tight(item, width - len(bullet))
        items.append([(bullet if n == 0 else " " * len(bullet)) + line for n, line in enumerate(stacked or [""])])
    loose = any(len(item.children) > 1 and item.children[1].type == "paragraph" for item in node.children)
    lines: list[str] = []
    for lines_of_item in items:
        lines += [""] * (loose and bool(lines)) + [line.rstrip() for line in lines_of_item]
    return lines


def _tight(item: SyntaxTreeNode, width: int) -> list[str]:
    """The blocks of an item; a list within it follows its text at once."""
    lines: list[str] = []
    for node in item.children:
        block = _block(node, width)
        lines += [""] * (bool(lines) and not node.type.endswith("_list")) + block
    return lines


def _table(node: SyntaxTreeNode, width: int) -> list[str]:
    """Columns when they fit; else each row as ”heading: cell” lines, which is also how one would read it aloud."""
    rows = [
        [" ".join(_inline(cell).split()) for cell in row.children] for part in node.children for row in part.children
    ]
    widths = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * len(widths) <= width:
        padded = [[c + " " * (w - _columns(c)) for c, w in zip(row, widths, strict=True)] for row in rows]
        lines = ["  ".join(row).rstrip() for row in padded]
        return [lines[0], "  ".join("-" * w for w in widths), *lines[1:]]
    lines = []
    for row in rows[1:]:
        lines += [""] * bool(lines)
        for heading, cell in zip(rows[0], row, strict=True):
            lines += wrap(f"{heading}: {cell}" if heading else cell, width, rest="  ") if cell else []
    return lines


def _inline(node: SyntaxTreeNode) -> str:
    """The words of a node; only a hard break is a line end."""
    if node.type == "softbreak":
        return " "
    if node.type == "hardbreak":
        return "\n"
    if node.type == "slot":
        return str(node.meta["slot"].marker)
    words = "".join(map(_inline, node.children)) if node.children else _flat(node.content)
    if node.type == "link":
        return _link(words, str(node.attrs["href"]))
    return f"{words} (struket)" if node.type == "s" else words


def _link(words: str, address: str) -> str:
    """”text <address>”: the brackets keep a full stop out of the address (RFC 3986 appendix C)."""
    if address.startswith("#"):  # a text has no places to leap to
        return words
    shown = address.removeprefix("mailto:")
    if words in (address, shown) or address.startswith("tel:"):
        return words if address.startswith("tel:") else f"<{shown}>"
    return f"{words} <{shown}>"


def _flat(content: str) -> str:
    return _TOGETHER.sub(lambda found: found[0].replace(" ", "\u00a0"), content.replace("\n", " "))
