"""Receipts: when a block has come to rest, its author gets it as readers will, and whether it is in.

Takes   the opened house and a look at its folder.
Gives   a notice for each version of a block, said once; at most one an hour for a file.
Fails   EditorError when a list or a group of the series is missing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from mailer.content import folder_store as store
from mailer.content.blocks import Block
from mailer.content.source import where
from mailer.house import House
from mailer.render.letter import render_letter
from mailer.render.templates import open_templates
from mailer.settings import Series
from mailer.verbs import pictures
from mailer.verbs.say import digest, say
from mailer.verbs.seen import Author, Seen, author_of
from mailer.verbs.verdict import Verdict, Verdicts

AN_HOUR = timedelta(hours=1)
MOST_AT_ONCE = 10  # receipts of one tick; the others come with the next


def versions(house: House, seen: Seen) -> dict[str, str]:
    """path -> version of each block, its pictures included: with another picture it looks otherwise."""
    blocks = seen.content.blocks
    shown = pictures.hashes(house.content, blocks)
    return {b.path: digest(b.hash, *(shown.get(p.path, "") for p in b.pictures)) for b in blocks}


def tell(house: House, seen: Seen, since: Mapping[str, datetime]) -> bool:
    """Send the receipts that are due. Whether none is left. `since`: as in `folder_news`."""
    if not house.settings.series:
        return True
    now, version = house.clock.now(), versions(house, seen)
    told = house.db.read(lambda c: store.read_told(c, store.RECEIPT))
    new = [
        b
        for b in seen.content.blocks
        if (b.month is None or b.month >= seen.this) and version[b.path] not in told.get(b.path, {})
    ]
    due = [b for b in new if _has_rested(seen, b) and not _was_told_lately(told.get(b.path, {}), now)]
    all_verdicts = [Verdicts(house, series, since[series.key]) for series in house.settings.series]
    for block in due[:MOST_AT_ONCE]:
        found = [(v.series, verdict) for v in all_verdicts if (verdict := v.of(block)) is not None]
        if found:
            _send(house, block, version[block.path], author_of(house, seen, block.path), found)
        mark = ((block.path, version[block.path]),)
        house.db.write(lambda c, mark=mark: store.remember_told(c, store.RECEIPT, mark, now))  # type: ignore[misc]
    return len(new) == len(due[:MOST_AT_ONCE])


def _send(house: House, block: Block, version: str, author: Author, found: list[tuple[Series, Verdict]]) -> None:
    verdicts = [verdict for _, verdict in found]
    images, wrong = pictures.prepare(house.content, (block,), block.title)
    findings = list(dict.fromkeys(f for v in verdicts for f in v.findings))
    known = {f.problem for f in findings}
    warnings = [*(f.problem for f in findings if not f.stops), *(p for p in wrong if p not in known)]
    mark = next((v.mark for v in verdicts if v.mark), "")
    say(
        house,
        f"kvitto/{digest(block.path)[:16]}/{version}",
        author.people,
        "receipt",
        heading=verdicts[0].heading,
        block_title=block.title,
        sentences=[_of_series(house, s, v) for s, v in found],
        stops=[str(f.problem) for f in findings if f.stops],
        warnings=[str(p) for p in warnings],
        file=where(block.path),
        is_hers=author.is_known,
        preview=render_letter(block, open_templates(house.home), house.settings, images=images, mark=mark),
    )


def _of_series(house: House, series: Series, verdict: Verdict) -> str:
    return verdict.sentence if len(house.settings.series) == 1 else f"{series.name}: {verdict.sentence}"


def _has_rested(seen: Seen, block: Block) -> bool:
    return all(seen.has_rested(path) for path in (block.path, *(p.path for p in block.pictures)))


def _was_told_lately(told: Mapping[str, datetime], now: datetime) -> bool:
    return any(timedelta(0) <= now - at < AN_HOUR for at in told.values())
