"""write and correct: a mailing from one Markdown file.

Takes   the opened house, a file, and whom it is for.
Gives   a Written proposal that waits for its approval.
Fails   EditorError with everything that is wrong in the file, or when there is nobody to correct.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mailer import words
from mailer.audience.rule import NO_EDITIONS, Rule
from mailer.audience.store import HeadCount
from mailer.content import kinds
from mailer.content.blocks import Block, parse_block
from mailer.content.images import Image
from mailer.content.readers import DEFAULT_CIRCLE, EVERYBODY
from mailer.content.text import decode
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue.gates import Addressed, Gates, gates_of
from mailer.outbox.states import Mailing
from mailer.outbox.store import figures, mailings, planning
from mailer.outbox.store.mailings import Proposal
from mailer.render.archive import archive_correction
from mailer.render.archived import ArchivePage
from mailer.render.letter import render_letter
from mailer.render.preflight import of_letter
from mailer.render.templates import open_templates
from mailer.verbs import month, pictures, prepare, which

LONGEST_NAME = 120  # characters; a name is typed, and those of its corrections and notices are longer


@dataclass(frozen=True, slots=True)
class Written:
    """What waits for an approval."""

    proposal: Proposal
    head_count: HeadCount | None
    written: bool
    still_owed: int = 0  # of the mailing that is corrected: they get it, and not the correction


def write(
    house: House, file: Path, lists: tuple[str, ...], segment: str = "", subject: str = "", dry_run: bool = False
) -> Written:
    """A one-off mailing to lists. The same file to the same lists on a day is the same mailing until it is sent."""
    block, digest = _read(house, file)
    known = [kind.key for kind in house.settings.kinds]
    if wrong := kinds.unknown(file.name, block.kind, known, block.line_of_kind):
        raise EditorError(*wrong)
    rule = replace(prepare.rule_of(house, lists, segment), event_kind=block.kind)
    day = house.clock.now().astimezone(house.zone).date().isoformat()
    name = _name(f"brev/{day}-{_word(file)}-till-{'-'.join([*lists, *([segment] if segment else [])])}")
    return _propose(house, block, digest, file, name, "letter", rule, subject, dry_run)


def correct(house: House, word: str, file: Path, dry_run: bool = False) -> Written:
    """A correction to exactly those who were accepted or are in doubt in that mailing."""
    row = house.db.read(lambda c: which.mailing(house, c, word))
    if row.planned_at is None:
        raise EditorError(
            Problem(
                row.title, "är inte skickat; det finns inget att rätta.", "Rätta filen och kör mailer assemble igen."
            )
        )
    block, digest = _read(house, file)
    name = _name(f"rättelse/{row.name}/{_word(file)}")
    rule = replace(Rule.from_json(row.rule), editions=NO_EDITIONS)  # one text, to all who got it
    done = _propose(house, block, digest, file, name, "correction", rule, "", dry_run, row.id)
    is_going = row.state in (Mailing.SENDING, Mailing.PAUSED)
    owed = house.db.read(lambda c: figures.balance(c, row.id)).owed if is_going else 0
    return replace(done, still_owed=owed)


def lines(house: House, done: Written) -> list[str]:
    """What the one who wrote it reads."""
    proposal = done.proposal
    out = [f"{proposal.title}: ”{proposal.renderings[0].subject}”"]
    if done.head_count is not None:
        out += month.head_count_lines(done.head_count)
    if not done.written:
        return [*out, "Inget är sparat (--dry-run)."]
    if done.still_owed:
        who = words.count(done.still_owed, "person", "personer")
        out.append(f"{who} har inte fått utskicket än och får det utan rättelse. Stoppa det först: mailer withdraw")
    return [
        *out,
        f"Läs det: mailer preview {proposal.name}",
        f"Godkänn det: mailer approve {proposal.name} --as NAMN, sedan mailer send {proposal.name}",
    ]


def _word(file: Path) -> str:
    """The file's name as one word: it is written in commands."""
    return re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFC", file.stem)).strip("-")


def _name(name: str) -> str:
    """The name, with a word for what does not fit."""
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}~{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _read(house: House, file: Path) -> tuple[Block, str]:
    raw = file.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    today = house.clock.now().astimezone(house.zone).date()
    text = decode(raw, file.name)
    return parse_block(file.name, text, digest, today), digest


def _gates(house: House, block: Block, rule: Rule) -> Gates:
    """Whom the block is for. EditorError when it would go to somebody outside its circle."""
    keys, readers = tuple(s.key for s in rule.sources), block.readers
    if readers.circle == DEFAULT_CIRCLE:  # nobody has named one; whoever named the lists knows whom it is for
        readers = replace(readers, circle=EVERYBODY)
    gates = gates_of([Addressed(block.path, readers)], prepare.known_readers(house, keys)[0])
    if gates.left_out or any(f.stops for f in gates.findings):
        raise EditorError(*(f.problem for f in gates.findings))
    if gates.of:
        names = words.listing([c.name for c in gates.conditions])
        what = f"texten får bara läsas av {names}, men skulle gå till {words.listing(list(keys))}."
        raise EditorError(Problem(block.path, what, "Välj en annan lista, eller ändra ”får läsas av” i filen."))
    return gates


def _propose(
    house: House,
    block: Block,
    digest: str,
    file: Path,
    name: str,
    kind: str,
    rule: Rule,
    subject: str,
    dry_run: bool,
    corrects: int | None = None,
) -> Written:
    gates = _gates(house, block, rule)
    images, wrong = pictures.prepare(file.parent, (block,), block.title)
    if wrong:
        raise EditorError(*wrong)
    rendering = render_letter(
        block, open_templates(house.home), house.settings,
        kind=kind, subject=subject, images=images, mark=gates.marks.get(block.path, ""),
    )  # fmt: skip
    proposal = Proposal(
        name=name,
        kind=kind,
        title=block.title,
        rule=rule,
        renderings=(rendering,),
        sources={file.name: digest},
        contents={"findings": [f.to_json() for f in of_letter(block.title, rendering)]},
        corrects=corrects,
        archive=_archived(house, block, name, rendering.subject, images) if kind == "correction" else None,
    )
    if dry_run:
        return Written(proposal, None if corrects else prepare.head_count(house, rule), False)
    now = house.clock.now()
    number = house.db.write(lambda c: mailings.propose(c, proposal, now))
    counted = house.db.read(lambda c: planning.head_count(c, mailings.read(c, number), house.here()))
    return Written(proposal, counted, True)


def _archived(house: House, block: Block, name: str, title: str, images: Mapping[str, Image]) -> ArchivePage | None:
    """What the archive shows under the issue that is corrected: only what its file says is for all."""
    if block.readers.circle != EVERYBODY or block.readers.names:
        return None
    return archive_correction(block, name, title, open_templates(house.home), house.settings, images)
