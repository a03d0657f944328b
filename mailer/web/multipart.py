"""A form that came as multipart/form-data (RFC 7578), as some mail programs send their one-click leave.

Takes   the Content-Type and the whole body, already bounded.
Gives   its fields: name and value, in order. Files are left out.
Fails   ValueError on what is no such form, or has too many fields.
"""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, FormParser, parse_options_header

KIND = "multipart/form-data"


def parse_multipart(content_type: str, raw: bytes, most: int) -> list[tuple[str, str]]:
    """The fields of the form. What is no UTF-8 reads as replacement characters."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        raise ValueError("ett formulär utan gräns")
    found: list[tuple[str, str]] = []
    parts = 0

    def take(field: Field) -> None:
        name, value = field.field_name or b"", field.value or b""
        found.append((name.decode("utf-8", "replace"), value.decode("utf-8", "replace")))
        count(None)

    def count(_: object) -> None:
        nonlocal parts
        parts += 1
        if parts > most:
            raise ValueError("för många fält")

    parser = FormParser(KIND, take, count, boundary=boundary)
    try:
        parser.write(raw)
        parser.finalize()
    except FormParserError as why:
        raise ValueError("formuläret går inte att läsa") from why
    finally:
        parser.close()
    return found
