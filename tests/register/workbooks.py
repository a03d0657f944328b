"""Workbooks as the tests need them, written by hand: XLSX and ODS are zipped XML.

Takes   rows of cells: text, numbers, dates, None.
Gives   the bytes of a file; hostile ones too.
Fails   never.
"""

import base64
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape, quoteattr

Cell = str | int | float | bool | date | None
Rows = Sequence[Sequence[Cell]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def xlsx(sheets: Mapping[str, Rows] | Rows, hidden: Sequence[str] = ()) -> bytes:
    """A workbook with these sheets by name, or one sheet called Blad1. Dates are numbers in a date format."""
    named = sheets if isinstance(sheets, Mapping) else {"Blad1": sheets}
    return package({f"xl/worksheets/sheet{n}.xml": sheet_xml(rows) for n, rows in enumerate(named.values(), 1)},
                   list(named), hidden)  # fmt: skip


def package(parts: Mapping[str, str | bytes], names: Sequence[str] = ("Blad1",), hidden: Sequence[str] = ()) -> bytes:
    """The zip around the sheets' XML."""
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"{" state=" + quoteattr("hidden") if name in hidden else ""}/>'
        for n, name in enumerate(names, 1)
    )
    rels = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in enumerate(names, 1)
    )
    styles = f'<Relationship Id="rId{len(names) + 1}" Type="{_RELS}/styles" Target="styles.xml"/>'
    everything = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{rels}{styles}</Relationships>',
        "xl/styles.xml": _STYLES,
        **parts,
    }
    return zipped(everything)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A zip with these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)
    return made.getvalue()


def sheet_xml(rows: Rows) -> str:
    """One worksheet."""
    lines = []
    for n, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{column(c)}{n}", value) for c, value in enumerate(row))
        lines.append(f'<row r="{n}">{cells}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def column(n: int) -> str:
    """”A” for 0, ”AA” for 26."""
    letters = ""
    n += 1
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _cell(place: str, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        since = moment - datetime(1899, 12, 30)
        return f'<c r="{place}" s="1"><v>{since.days + since.seconds / 86_400}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    if value.startswith("#"):  # what a formula that went wrong leaves
        return f'<c r="{place}" t="e"><v>{escape(value)}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def ods(rows: Rows) -> bytes:
    """An OpenDocument workbook with one sheet of text and numbers."""
    office = "urn:oasis:names:tc:opendocument:xmlns"

    def cell(value: Cell) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" xmlns:table="{office}:table:1.0" '
        f'xmlns:text="{office}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Blad1">{lines}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{office}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    return zipped({
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": manifest,
        "content.xml": content,
    })  # fmt: skip


# One sheet ”Medlemmar” in the old binary format, which nothing we have can write: text, a number and a date.
_XLS = (
    "c-rk)O-NKx6#nj;8D|uKM$<q85g{wnP+HVRN5dalj93Ky5Y(II8sWS*@@9-`QI@$3f>uQYf-TxuZTg`W1qLmGqM)D%wAw_gprVEP"
    "I`_<b!)OH#lw`c`anC*H+@EvbJ@=k_-+T77e0uz5%?uWy9X`z4g(%3;2}*^o5C)aowqo5pM9KEBqEHwjM-"
    "~KdujENk`B3?L1{!Yo9})%LQQD6o^d(JMw~W}vW6*^fLmN?n%cLnqHIJ%-"
    "=^>`8m|o|a_nCIE<{Z;Dsyi+A;c29=ajUb6_h|K8RtnYcZEo|LHLa+^W3`G;ofnz90d!hN^u!7)sPz|P0_4zMX-"
    "Z4UWw?qWU@xIL8g1_Cnnoo#djenWI^c`Ds~^;P`sLLNkpBBZeegH>5IJ$N{(|NQMqnT0O)`dZNIy7GM`b)A4MVqPaa{SHQwbb>${"
    "aQfY0(<#`DU5AVNzu89!N{(DGGEq4<%D+D&8d%av*6^!|i6;`Vg0?xSk$1$Vf{|>lPpID5VF0moaG_rdXn<^p2P%k8YC3bYmzXmC"
    ";O)2`>mTCA|5HiN;aJd^vByFumpMwa?F^vHr*b){OAMk~x0Xs<(xW)2anEF69ypZm*5ZZ)AFgdtJkP4bw{6ACx!rS2;}2DAzg5r4"
    "3|fGvh^MT@JsV__0qr?$nOGk8B`*vUlc0<>af#IO=JZ<J4X~qi7OM;?hNhyAd}RPN;gzwECy871F}a*lp*GEyEl;3N#-"
    "I8A;8K$V!?sR~gAik}oUyN%Ci<07(JIj`)Qg!FCFq`hx8Qvy!qC%1X+PI{tk$>w@i&Z))Fsoa#KO6>;pTz?CTt?OFwHu}eB~E)PZ"
    "U;K73j4<0;t@bC{nIM-(%Umd}hMRgqvI{$U%D9wAnN&Z{xM3SB~eN=YCq}-"
    "x!#eA?D0pa!~me|JqU#PH~tXmjFjK?vU_xh#JE0Oy?OKuqcb6Y51`}6sX^Do=~0WMMa@c"
)


def xls() -> bytes:
    """Medlemsnummer 0017, Förnamn Åsa, Efternamn Öberg, E-post, Telefon 701740605 as a number, Inträdesdatum."""
    return zlib.decompress(base64.b85decode(_XLS))
