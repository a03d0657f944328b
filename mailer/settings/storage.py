"""The settings of where the home keeps what it knows: the folder, and the database.

Takes   the values of [storage] in settings.toml.
Gives   frozen sections; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words.
"""

from urllib.parse import urlsplit

from pydantic import field_validator

from mailer.settings.section import Section

POSTGRES = "postgresql+psycopg://"


def unreadable(url: str) -> str:
    """Why the address of a PostgreSQL database cannot be read, ”” when it can: never with what stands in it, which may
    be a password. One with / or @ in it would else be looked up in the DNS, and shown, as if it were the host."""
    try:
        parts = urlsplit(url)
        wrong = parts.netloc.count("@") > 1 or parts.port == 0
    except ValueError:
        wrong = True
    said = f"går inte att läsa; skriv {POSTGRES}användare@värd/databas"
    return f"{said}. Tecken som / @ : och % i ett lösenord skrivs %2F %40 %3A och %25" if wrong else ""


class Storage(Section):
    database: str = ""
    var: str = "var"

    @field_validator("database")
    @classmethod
    def _an_engine_of_ours(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", POSTGRES)):
            raise ValueError(f"ska vara tom (SQLite) eller börja med {POSTGRES}")
        if value.startswith(POSTGRES) and (why := unreadable(value)):
            raise ValueError(why)
        return value
