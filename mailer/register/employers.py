"""Whether an address is one that others at a place of work may read, or that goes when the job does.

Takes   an Address, and the List (whether being on it is a sensitive fact).
Gives   a sentence and a remedy, or None.
Fails   never; and it never guesses about private companies.
"""

from functools import cache
from importlib.resources import files

from mailer.address import Address
from mailer.register.definition import List

# Read by whoever is on duty. Names of people are not among them, and neither are words that are surnames.
ROLES = frozenset(
    """
    admin administration bokforing ekonomi expedition expeditionen faktura fakturor hr info information inkop
    invoice jour kansli kansliet kommun kontakt kontaktcenter kontor kontoret kundtjanst ledning lon mail
    medborgarservice mottagning no-reply noreply office order personal post postmaster press reception receptionen
    redaktion redaktionen registrator rektor sales sekreterare servicecenter styrelse styrelsen support
    vaktmastare vd webmaster
    """.split()
)
_SENSITIVE = "artikel 9"  # in a list's lawful basis: GDPR article 9, political opinion, union, faith


def suspicion(address: Address, chosen: List) -> tuple[str, str] | None:
    """What is doubtful about the address, and what to do; None when nothing is."""
    local = address.normal.partition("@")[0].partition("+")[0]
    if local in ROLES:
        what = f"adressen ser ut att läsas av flera ({local}@…)."
    elif employer := _employer(address.domain):
        what = f"adressen ser ut att gå till en arbetsgivare ({employer})."
    else:
        return None
    if _SENSITIVE in chosen.basis.casefold():
        return what, "Medlemskapet är en känslig uppgift (GDPR artikel 9): be om en privat adress."
    return what, "Den kan läsas av andra och slutar gälla med jobbet: be om en privat adress."


def _employer(domain: str) -> str:
    """The domain in the list that this one is, or lies under; ”” when there is none."""
    labels = domain.split(".")
    return next((own for n in range(len(labels) - 1) if (own := ".".join(labels[n:])) in _known()), "")


@cache
def _known() -> frozenset[str]:
    text = (files("mailer.register") / "employers.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
