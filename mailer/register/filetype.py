"""What a file is that somebody calls a register, when it is neither a CSV file nor a workbook.

Takes   the first bytes of the file.
Gives   nothing.
Fails   EditorError for a web page, an XML file, a PDF and their kin, whatever the file is called.
"""

from mailer.errors import EditorError, Problem

_RESAVE = "Öppna filen i kalkylprogrammet och spara den som ”Excel-arbetsbok (.xlsx)” eller ”CSV UTF-8”."
_EXPORT = "Exportera registret som CSV eller Excel."
# How the file begins, past blanks and a byte order mark, in lower case. Many systems write a web page and call it .xls.
_BEGINNINGS = (
    ((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<style", b"<body"), "en webbsida (HTML)", _RESAVE),
    ((b"<?xml", b"<workbook", b"<!--"), "en XML-fil", _RESAVE),
    ((b"%pdf",), "en PDF", _EXPORT),
    ((b"{\\rtf",), "ett textdokument (RTF)", _EXPORT),
    ((b"begin:vcard",), "visitkort (vCard)", _EXPORT),
    ((b"\x1f\x8b", b"7z\xbc\xaf", b"rar!"), "ett packat arkiv", "Packa upp det och läs in filen som ligger i."),
    ((b"sqlite format 3",), "en databas", _EXPORT),
)


def refuse_others(where: str, raw: bytes) -> None:
    """EditorError when the bytes are of a kind that holds no table we read."""
    for encoding in ("utf-16-le", "utf-16-be"):
        mark = b"\xff\xfe" if encoding == "utf-16-le" else b"\xfe\xff"
        if raw.startswith(mark):
            raw = raw[:400].decode(encoding, "ignore").encode("utf-8", "ignore")
    start = raw[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for beginnings, kind, remedy in _BEGINNINGS:
        if start.startswith(beginnings):
            raise EditorError(Problem(where, f"filen är {kind}, inte en kalkylfil, vad den än heter.", remedy))
