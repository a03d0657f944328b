"""What the register keeps of a person, under which headers others write it, and what it never reads.

Takes   a header as a file or a list definition has it.
Gives   its normal form, the field it usually means, and why it is refused if it is.
Fails   never.
"""

import re
import unicodedata

# The fields a list's [columns] may name, and the longest value each takes: columns of `contacts` and their widths.
FIELDS = {
    "number": 64,
    "source_id": 64,
    "first_name": 200,
    "last_name": 200,
    "address": 254,
    "phone": 32,
    "care_of": 200,
    "street": 200,
    "postcode": 16,
    "city": 100,
    "language": 8,
    "joined_on": 10,
    "status": 64,
    "home_branch": 200,
    "born_year": 10,
}

# What people call the fields, in problems.
SWEDISH = {
    "number": "medlemsnumret",
    "source_id": "registrets id",
    "first_name": "förnamnet",
    "last_name": "efternamnet",
    "address": "e-postadressen",
    "phone": "telefonnumret",
    "care_of": "c/o-adressen",
    "street": "gatuadressen",
    "postcode": "postnumret",
    "city": "orten",
    "language": "språket",
    "joined_on": "inträdesdatumet",
    "status": "statusen",
    "home_branch": "hemföreningen",
    "born_year": "födelseåret",
}

# Zetkin's headers, from its import manual and its app, in Swedish and English. They count only for fields
# that the list's own [columns] reads under some header.
_ALIASES = {
    "number": ("Medlemsnummer", "Externt ID", "ext_id", "External ID"),
    "source_id": ("ID", "Zetkin-ID", "Zetkin ID"),
    "first_name": ("Förnamn", "first_name", "First name"),
    "last_name": ("Efternamn", "last_name", "Last name"),
    "address": ("E-post", "E-postadress", "Epost", "email", "E-mail"),
    "phone": ("Telefon", "Telefonnummer", "phone", "Phone number"),
    "care_of": ("C/O-adress", "c/o", "co_address", "C/O address"),
    "street": ("Gatuadress", "Adress", "street_address", "Street address"),
    "postcode": ("Postnummer", "zip_code", "Zip code"),
    "city": ("Stad", "Ort", "Postort", "city"),
    "language": ("Språk", "language"),
    "joined_on": ("Inträdesdatum", "joined_on", "Join date"),
    "status": ("Status", "Medlemsstatus", "Membership status"),
    "home_branch": ("Hemförening", "Partiförening", "Lokalförening", "Home branch"),
    "born_year": ("Födelsedatum", "Födelseår", "Birth date", "Date of birth", "Birthday"),
}

# The first group that matches a header is the reason. Whole words, so that ”Studieförbund” is not a union.
_REFUSED = (
    (
        re.compile(
            r"person-?\s?(nummer|nr)|\bpers\.?\s?nr|samordnings(nummer|nr)|födelse(nummer|nr)|personal identity|\bssn\b"
        ),
        "föreningen behöver inte personnummer för att skicka mejl (dataskyddslagen 3 kap. 10 §)",
    ),
    (
        re.compile(r"fackförbund|fackförening|facklig|\bfacket?\b|\b(trade|labou?r)[ _-]?union\b|\bunion\b"),
        "facklig tillhörighet är en känslig uppgift (GDPR artikel 9)",
    ),
    (
        re.compile(r"anteckning|kommentar|notering|fritext|\bövrigt\b|\bnotes?\b|\bcomments?\b|\bremarks?\b"),
        "fri text om en människa kan innehålla vad som helst och hör inte hemma här",
    ),
)


def normal_header(text: str) -> str:
    """The form in which two spellings of a header are equal: NFC, trimmed, case folded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).strip().casefold())


ALIASES = {normal_header(header): field for field, headers in _ALIASES.items() for header in headers}


def why_refused(header: str) -> str | None:
    """Why a column with this header is never read, or None when it may be."""
    normal = normal_header(header).replace("_", " ")
    return next((why for pattern, why in _REFUSED if pattern.search(normal)), None)
