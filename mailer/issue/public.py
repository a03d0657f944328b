"""What of an issue anybody at all may read: what the archive may hold.

Takes   an Issue, and who may have which part of it.
Gives   the issue with those parts alone; nothing of the others is left in the value.
Fails   never.
"""

from dataclasses import replace

from mailer.content.readers import EVERYBODY, Readers
from mailer.issue.assemble import Issue, subject_and_preheader
from mailer.issue.gates import Gates


def is_public(path: str, readers: Readers, gates: Gates) -> bool:
    """Whether the part is for everybody: its circle has no border, and nobody is chosen for it by a fact about her.

    A part that goes to some lists only may be read by all when its circle says so; one for a group (those who live in
    Brottby) was written to them, and is not the archive's.
    """
    chosen = (gates.conditions[number] for number in gates.of.get(path, ()))
    return readers.circle == EVERYBODY and path not in gates.left_out and not any(c.segments for c in chosen)


def public_part(issue: Issue, gates: Gates) -> Issue:
    """The issue with what is for everybody. Subject and preheader are made from that alone."""
    blocks = tuple(b for b in issue.blocks if is_public(b.path, b.readers, gates))
    occurrences = tuple(o for o in issue.occurrences if is_public(o.event.path, o.event.readers, gates))
    posts = tuple(p for p in issue.posts if is_public(p.path, p.readers, gates))
    subject, preheader = subject_and_preheader(issue, blocks, occurrences)
    return replace(
        issue, blocks=blocks, occurrences=occurrences, posts=posts, subject=subject, preheader=preheader,
        left_out=(), problems=(), sources={},
    )  # fmt: skip
