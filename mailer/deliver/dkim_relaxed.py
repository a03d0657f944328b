"""The form in which a message is signed: what a server on the way may do to its white space makes no difference.

Takes   a header section or a body, as they will be sent (CRLF throughout).
Gives   their relaxed form. RFC 6376 sections 3.4.2 and 3.4.4.
Fails   never.

A mould's body is quoted-printable: no line ends in a space, and one empty line at most stands last. So for nearly all
we send this is a look and not a rewrite, and what comes back is the same object.
"""


def relaxed_fields(section: bytes) -> list[bytes]:
    """Each field of a header section, in order, without its CRLF. One pass over the section."""
    text = _single(section.rstrip(b"\r\n").replace(b"\r\n ", b" ").replace(b"\r\n\t", b" "))
    fields = []
    for line in text.split(b"\r\n"):
        name, _, value = line.partition(b":")
        fields.append(name.lower().strip(b" ") + b":" + value.strip(b" "))
    return fields


def is_relaxed(text: bytes) -> bool:
    """Whether the lines of the text are in their relaxed form as they stand."""
    return not (b"\t" in text or b"  " in text or b" \r\n" in text or text.endswith(b" "))


def relaxed_body(body: bytes, is_known: bool = False) -> bytes:
    """The body with its runs of white space as one space, none at the end of a line, and no empty lines last.

    `is_known`: the caller has asked `is_relaxed` of all its lines; the look is a sixth of what a signature costs.
    """
    if not is_known and not is_relaxed(body):
        body = _single(body).replace(b" \r\n", b"\r\n").removesuffix(b" ")
    if not body.endswith(b"\r\n"):
        return body + b"\r\n" if body else body
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    return body if len(body) > 2 else b""


def _single(text: bytes) -> bytes:
    """Runs of white space as one space. By whole passes: a regular expression takes ten times as long."""
    text = text.replace(b"\t", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text
