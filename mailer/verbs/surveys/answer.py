"""What a member does with a survey behind her link: look, save, submit, say no.

Takes   the opened house, the word of her link, her answers.
Gives   what stands now; what became of it.
Fails   LaterError and AdminError; EditorError when the survey cannot take a ballot.
"""

from mailer.content.questionnaires.model import Answers, Part
from mailer.errors import AdminError, Problem
from mailer.house import House
from mailer.surveys import codes, invitations
from mailer.surveys.answers import answering, standing
from mailer.surveys.answers.standing import Standing
from mailer.verbs import watch

WEB = "web"


def find(house: House, word: str) -> Standing | None:
    """What stands behind the link; None when nothing does."""
    return house.db.read(lambda c: standing.find(c, house.keys, word))


def link_word(house: House, typed: str) -> str | None:
    """The word of the link that a typed code leads to; None when it leads nowhere."""
    found = house.db.read(lambda c: invitations.by_code(c, house.keys, typed))
    return codes.token(house.keys, found.survey, found.contact) if found is not None else None


def keep(house: House, hers: Standing, part: Part, answers: Answers) -> None:
    """Save what she has answered under her name, durably."""
    number, now = hers.invited.number, house.clock.now()
    house.db.write(lambda c: answering.save(c, house.db, number, part, answers, WEB, None, now))


def submit(house: House, hers: Standing, signed: Answers, ballot: Answers | None) -> str:
    """Hand it in: ”answered”, ”again”, ”closed”, ”incomplete”, ”blank”. Durable before it returns.

    `ballot`: the anonymous answers; None when they are in the box, or there are none to give.
    """
    now, number = house.clock.now(), hers.invited.number
    today = now.astimezone(house.zone).date()
    return house.db.write(
        lambda c: answering.submit(c, house.db, hers.surveyed, number, signed, ballot, WEB, None, today, now)
    )


def decline(house: House, hers: Standing) -> bool:
    """She will not answer, and is not asked again; False when she has answered already."""
    number, now = hers.invited.number, house.clock.now()
    return house.db.write(lambda c: invitations.decline(c, house.db, number, WEB, now))


def tell_of_guesses(house: House, number: int) -> None:
    """Somebody tries codes: an administrator hears it, once a day at most."""
    watch.tell_trouble(
        house,
        AdminError(
            Problem(
                "svarskoder",
                f"mer än {number} svarskoder som inte finns har provats på en timme.",
                "Ingen har kommit in: var och en är en på många miljarder. Sidan svarar långsammare på dem. Fortsätter "
                "det i flera dagar: spärra nätet i webbservern framför.",
            )
        ),
    )
