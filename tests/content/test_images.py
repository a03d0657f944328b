"""Pictures: what an editor lays beside a block becomes small, upright and anonymous, or is refused in words."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content.image_head import MOST_PIXELS
from mailer.content.images import ENOUGH, LIMIT, TALLEST, WIDEST, Image, fit, prepare
from mailer.errors import EditorError
from tests.content import pictures
from tests.content.pictures import GREEN, RED, corners, drawing, photo, read, saved

ROOT = Path(__file__).parents[2]
WHERE = "content/2024-05/03-torget.md"


def wrong(raw: bytes) -> str:
    with pytest.raises(EditorError) as caught:
        prepare(raw, WHERE, 4)
    (problem,) = caught.value.problems
    assert (problem.where, problem.line) == (WHERE, 4)
    assert problem.remedy
    return str(problem)


def is_near(seen: object, meant: tuple[int, int, int]) -> bool:
    assert isinstance(seen, tuple)
    return all(abs(a - b) <= 12 for a, b in zip(seen, meant, strict=False))


REFUSED = {
    "empty": (b"", "bildfilen är tom"),
    "zeros, as a synced drive reserves them": (b"\0" * 4096, "bildfilen är tom"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "välj Exportera som JPEG, eller Inställningar → Kamera → Format"),
    "heif": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "formatet HEIC"),
    "avif": (b"\0\0\0\x1cftypavif\0\0\0\0", "formatet AVIF"),
    "film": (b"\0\0\0\x14ftypqt  \0\0\0\0", "en film"),
    "film, webm": (b"\x1aE\xdf\xa3\x01\0\0\0", "en film"),
    "tiff": (b"II*\0\x08\0\0\0", "formatet TIFF"),
    "tiff, other end": (b"MM\0*\0\0\0\x08", "formatet TIFF"),
    "pdf": (b"%PDF-1.7\n", "en PDF"),
    "bmp": (b"BM\0\0\0\0", "formatet BMP"),
    "photoshop": (b"8BPS\0\x01", "Photoshops format"),
    "jpeg xl": (b"\xff\x0a\0\0", "formatet JPEG XL"),
    "word": (b"PK\x03\x04\x14\0", "ett dokument"),
    "svg": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
    "svg, utf-16": ("<svg></svg>".encode("utf-16"), "SVG"),
    "svgz": (b"\x1f\x8b\x08\0", "SVG"),
    "web page": (b"<!DOCTYPE html><html><title>403</title>", "en webbsida"),
    "words": (b"hej", "ingen bild vi kan läsa"),
    "pixels without end": (pictures.png(20_000, 20_000), "20000 × 20000 punkter"),
    "one side without end": (pictures.png(20_001, 1), "20001 × 1 punkter"),
    "more than there is": (pictures.png(2**31 - 1, 2**31 - 1), "50 miljoner"),
    "nothing": (pictures.png(0, 5), "inget att se"),
    "jpeg without end": (pictures.jpeg(20_000, 20_000), "20000 × 20000 punkter"),
    "jpeg that is kept whole": (pictures.jpeg(8_000, 6_000, 0x11), "för mycket minne"),
    "jpeg of many scans": (pictures.jpeg(1_000, 1_000, scans=101), "för mycket minne"),
    "webp without end": (pictures.webp(16_000, 16_000), "16000 × 16000 punkter"),
    "webp of three canvases": (pictures.webp(6_000, 6_000), "för mycket minne"),
    "gif without end": (pictures.gif(60_000, 60_000, 1), "60000 × 60000 punkter"),
    "gif with a frame outside": (pictures.gif(10, 10, 1, left=65_000), "65001 × 10 punkter"),
    "half a head": (b"\x89PNG\r\n\x1a\n\0\0", "skadad eller inte hel"),
    "jpeg without a frame": (b"\xff\xd8\xff\xd9", "skadad eller inte hel"),
    "png of too few pixels": (pictures.png(100, 100), "skadad eller inte hel"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_in_words_what_is_no_picture_of_ours(name: str) -> None:
    raw, what = REFUSED[name]
    assert what in wrong(raw)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_refuses_a_picture_that_ends_too_soon(kind: str) -> None:
    whole = saved(photo(300, 200), kind)
    for share in (0.3, 0.6, 0.9):
        assert "skadad eller inte hel" in wrong(whole[: int(len(whole) * share)])


def test_lets_the_content_decide_what_a_file_is() -> None:
    """The name is not even asked for."""
    for kind in ("JPEG", "PNG", "WEBP"):
        assert prepare(saved(photo(300, 200), kind), "bild.gif").kind == "image/jpeg"


def test_takes_out_everything_but_the_picture() -> None:
    exif = PIL.Image.Exif()
    exif[0x010F], exif[0x9286], exif[0x013B] = "kanarieKamera", "kanarieKommentar", "kanarieNamn"
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 32.0, 0.0), 3: "E", 4: (18.0, 4.0, 0.0), 29: "kanarieGPS"})
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>kanarieXMP</x:xmpmeta>"
    raw = saved(
        photo(600, 400), "JPEG", exif=exif, comment=b"kanarieComment", xmp=xmp, icc_profile=pictures.swapped_profile()
    )
    raw += b"kanarieEfter" + saved(photo(50, 50), "JPEG")
    assert raw.count(b"kanarie") == 7
    image = prepare(raw, WHERE)
    assert b"kanarie" not in image.raw
    seen = read(image.raw)
    assert dict(seen.getexif()) == {}
    assert set(seen.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


def test_takes_out_what_a_png_says_of_itself() -> None:
    exif = PIL.Image.Exif()
    exif[0x010F] = "kanarieKamera"
    text = pictures.chunk(b"tEXt", b"Author\0kanarieNamn")
    raw = saved(drawing(400, 300), "PNG", exif=exif)
    raw = raw[:33] + text + raw[33:] + b"kanarieEfter"
    assert raw.count(b"kanarie") == 3
    image = prepare(raw, WHERE)
    assert image.kind == "image/png"
    assert b"kanarie" not in image.raw
    assert (
        set(re.findall(rb"[A-Za-z]{2}[A-Z][A-Za-z]", image.raw)) & {b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"iCCP"}
        == set()
    )
    assert read(image.raw).info == {}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_a_photo_the_way_it_was_held(orientation: int) -> None:
    stored = {
        2: PIL.Image.Transpose.FLIP_LEFT_RIGHT, 3: PIL.Image.Transpose.ROTATE_180,
        4: PIL.Image.Transpose.FLIP_TOP_BOTTOM, 5: PIL.Image.Transpose.TRANSPOSE, 6: PIL.Image.Transpose.ROTATE_90,
        7: PIL.Image.Transpose.TRANSVERSE, 8: PIL.Image.Transpose.ROTATE_270,
    }  # fmt: skip
    upright = corners()
    held = upright.transpose(stored[orientation]) if orientation in stored else upright
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    image = prepare(saved(held, "JPEG", exif=exif, quality=95), WHERE)
    assert (image.width, image.height) == (60, 40)
    seen = read(image.raw).convert("RGB")
    assert is_near(seen.getpixel((5, 5)), RED)
    assert is_near(seen.getpixel((54, 34)), GREEN)


def test_shows_a_tall_photo_held_upright_at_its_full_width() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    image = prepare(saved(photo(2000, 1500), "JPEG", exif=exif), WHERE)
    assert (image.width, image.height) == (1088, 1451)


def test_shows_the_colours_that_the_profile_means() -> None:
    """And what cannot be read of a profile does not cost the picture."""
    raw = saved(PIL.Image.new("RGB", (40, 40), (255, 0, 0)), "PNG", icc_profile=pictures.swapped_profile())
    assert is_near(read(prepare(raw, WHERE).raw).convert("RGB").getpixel((5, 5)), (0, 0, 255))
    clear = PIL.Image.new("RGBA", (40, 40), (255, 0, 0, 128))
    raw = saved(clear, "PNG", icc_profile=pictures.swapped_profile())
    assert read(prepare(raw, WHERE).raw).convert("RGBA").getpixel((5, 5)) == (0, 0, 255, 128)
    raw = saved(PIL.Image.new("RGB", (40, 40), RED), "PNG", icc_profile=b"skadad profil" * 20)
    assert is_near(read(prepare(raw, WHERE).raw).convert("RGB").getpixel((5, 5)), RED)


@pytest.mark.parametrize(
    ("pixels", "kind", "meant"),
    [
        (PIL.Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
        (PIL.Image.new("L", (40, 40), 90), "JPEG", (90, 90, 90)),
        (PIL.Image.new("1", (40, 40), 1), "PNG", (255, 255, 255)),
        (PIL.Image.new("I;16", (40, 40), 90 * 256), "PNG", (90, 90, 90)),
        (drawing(40, 40).quantize(8), "PNG", RED),
        (drawing(40, 40).quantize(8), "GIF", RED),
        (drawing(40, 40, "RGBA"), "WEBP", RED),
        (PIL.Image.new("LA", (40, 40), (90, 255)), "PNG", (90, 90, 90)),
    ],
    ids=["cmyk", "grey", "bits", "deep grey", "palette", "gif", "webp", "grey with holes"],
)
def test_shows_every_kind_of_pixel_as_it_was(pixels: PIL.Image.Image, kind: str, meant: tuple[int, int, int]) -> None:
    seen = read(prepare(saved(pixels, kind), WHERE).raw).convert("RGBA").convert("RGB")
    assert is_near(seen.getpixel((12, 20)), meant)


def test_writes_a_photo_as_jpeg_and_a_drawing_as_png() -> None:
    assert prepare(saved(photo(1200, 900), "PNG"), WHERE).kind == "image/jpeg"
    logo = prepare(saved(drawing(1600, 900), "PNG"), WHERE)
    assert logo.kind == "image/png"
    assert len(logo.raw) < 20_000


def test_keeps_the_holes_of_a_picture() -> None:
    image = prepare(saved(drawing(1600, 900, "RGBA"), "PNG"), WHERE)
    seen = read(image.raw).convert("RGBA")
    assert seen.getpixel((2, 2))[3] == 0  # type: ignore[index]
    red, green, blue, alpha = seen.getpixel((image.width // 4, image.height // 2))  # type: ignore[misc]
    assert (red, green, blue) == RED
    assert alpha >= 250


@pytest.mark.parametrize(
    ("size", "meant"),
    [((4000, 3000), (1088, 816)), ((3000, 4000), (1088, 1451)), ((300, 200), (300, 200)), ((1089, 1), (1088, 1)),
     ((20_000, 2), (1088, 1)), ((100, 20_000), (11, TALLEST)), ((1, 1), (1, 1))],
)  # fmt: skip
def test_writes_no_more_pixels_than_are_shown(size: tuple[int, int], meant: tuple[int, int]) -> None:
    image = prepare(saved(drawing(*size), "PNG"), WHERE)
    assert (image.width, image.height) == meant == read(image.raw).size
    assert image.width <= WIDEST


def test_writes_a_photo_from_a_telephone_small_enough() -> None:
    image = prepare(saved(photo(4032, 3024), "JPEG", quality=92), WHERE)
    assert len(image.raw) <= ENOUGH * 1.5
    assert (image.width, image.height) == (1088, 816)


def test_makes_no_picture_larger_than_it_was() -> None:
    small = saved(photo(800, 600), "JPEG", quality=50)
    assert len(prepare(small, WHERE).raw) <= len(small)


def test_says_that_only_the_first_frame_is_shown() -> None:
    """Ten thousand frames are not looked at."""
    began = time.process_time()
    image = prepare(pictures.gif(10, 10, 10_000), WHERE, 7)
    assert time.process_time() - began < 5
    assert image.note is not None
    assert image.note.line == 7
    assert "bara första rutan" in image.note.what
    assert getattr(read(image.raw), "is_animated", False) is False
    assert prepare(pictures.gif(10, 10, 1), WHERE).note is None
    for kind in ("PNG", "WEBP"):
        moving = saved(drawing(40, 40), kind, save_all=True, append_images=[corners(40, 40)])
        assert prepare(moving, WHERE).note is not None


def test_calls_a_telephones_second_picture_no_film() -> None:
    raw = saved(photo(200, 100), "MPO", save_all=True, append_images=[photo(50, 50, 2)])
    image = prepare(raw, WHERE)
    assert image.note is None
    assert (image.width, image.height) == (200, 100)


def test_gives_a_picture_a_name_of_its_own() -> None:
    """Of the content alone, and safe everywhere: the editor's name goes nowhere."""
    raw = saved(photo(200, 100), "JPEG")
    one, same, other = (
        prepare(raw, "../../etc/passwd"),
        prepare(raw, WHERE),
        prepare(saved(photo(200, 100, 2), "JPEG"), ""),
    )
    assert one.name == same.name != other.name
    assert re.fullmatch(r"[0-9a-f]{24}\.jpg", one.name)


def test_writes_the_same_bytes_in_every_process() -> None:
    program = (
        "from tests.content.pictures import *; from mailer.content.images import prepare, fit;"
        "i = [prepare(saved(p, k), 'x') for p in (photo(1500, 900), drawing(1500, 900, 'RGBA')) for k in ('PNG', 'WEBP')];"
        "print([(f.name, len(f.raw)) for f in (*i, *fit(tuple(i), 60_000))])"
    )
    said = set()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        said.add(done.stdout)
    assert len(said) == 1


HEAVY = {
    "20,000 × 20,000 png": "saved(PIL.Image.new('1', (20_000, 20_000)), 'PNG')",
    "20,000 × 20,000 jpeg": "jpeg(20_000, 20_000)",
    "a photo of 20 MB, each pixel kept": "saved(photo(8160, 6120), 'JPEG', quality=97, progressive=True) + b'x' * 9_000_000",
    "as many pixels as go": "saved(PIL.Image.new('RGBA', (6300, 6300), (1, 2, 3, 4)), 'PNG')",
    "as large a webp as goes": "saved(photo(3700, 2700), 'WEBP', lossless=True, method=0)",
    "a gif of many frames": "gif(7000, 7000, 10_000)",
    "text that swells": "png(10, 10, chunk(b'zTXt', b'a\\0\\0' + zlib.compress(b'x' * 400_000_000, 1)))",
    "a profile that swells": "png(10, 10, chunk(b'iCCP', b'a\\0\\0' + zlib.compress(b'x' * 400_000_000, 1)))",
}
MEASURED = """
import resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (700_000_000, 700_000_000))
from mailer.content.images import prepare
from mailer.errors import EditorError
raw = open(sys.argv[1], "rb").read()
began = time.process_time()
try:
    said = prepare(raw, "x").kind
except EditorError as wrong:
    said = "refused"
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(said, int(peak) // 1000, time.process_time() - began)
"""


@pytest.mark.parametrize("name", HEAVY)
def test_takes_less_than_300_mb_whatever_the_picture(name: str, tmp_path: Path) -> None:
    """F4 and S12: in a process of its own, whose memory the system limits."""
    file, environment = tmp_path / "bild", os.environ | {"PYTHONPATH": str(ROOT)}
    make = f"from tests.content.pictures import *; open({str(file)!r}, 'wb').write({HEAVY[name]})"
    made = subprocess.run([sys.executable, "-c", make], env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(file)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said, megabytes, seconds = done.stdout.split()
    assert (said == "refused") == ("20,000" in name or "swells" in name)
    assert int(megabytes) < 300
    assert float(seconds) < 10


SEEDS = [
    saved(photo(64, 48), "JPEG"), saved(photo(64, 48), "JPEG", progressive=True), saved(drawing(64, 48), "PNG"),
    saved(drawing(64, 48, "RGBA"), "PNG", icc_profile=pictures.swapped_profile()), saved(drawing(64, 48), "GIF"),
    saved(drawing(64, 48, "RGBA"), "WEBP"), saved(photo(64, 48), "WEBP"), pictures.gif(10, 10, 3),
    saved(photo(200, 100), "MPO", save_all=True, append_images=[photo(50, 50, 2)]),
    saved(drawing(40, 40), "PNG", save_all=True, append_images=[corners(40, 40)]),
]  # fmt: skip


@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=0, max_size=6)), min_size=1, max_size=4),
    cut=st.floats(0, 1),
)
@settings(max_examples=1500, deadline=None)
def test_raises_nothing_but_its_own_errors_however_a_file_is_mangled(
    seed: bytes, changes: list[tuple[float, bytes]], cut: float
) -> None:
    raw = bytearray(seed)
    for place, new in changes:
        at = int(place * len(raw))
        raw[at : at + len(new)] = new
    mangled = bytes(raw if cut > 0.5 else raw[: int(cut * 2 * len(raw))])
    try:
        image = prepare(mangled, WHERE)
    except EditorError:
        return
    assert (image.width, image.height) == read(image.raw).size
    assert image.width * image.height <= MOST_PIXELS


def prepared(count: int) -> tuple[Image, ...]:
    return tuple(prepare(saved(photo(1400, 1000, seed), "JPEG"), WHERE) for seed in range(count))


def test_leaves_pictures_alone_that_fit() -> None:
    images = prepared(2)
    assert sum(len(i.raw) for i in images) <= LIMIT
    assert fit(images) == images


def test_makes_the_pictures_of_a_mailing_fit_together() -> None:
    logo = prepare(saved(drawing(600, 200), "PNG"), WHERE)
    images = (*prepared(6), logo)
    assert sum(len(i.raw) for i in images) > LIMIT
    fitted = fit(images)
    assert sum(len(i.raw) for i in fitted) <= LIMIT
    assert fitted[-1] == logo  # the largest gives way first
    for before, after in zip(images, fitted, strict=True):
        assert len(after.raw) <= len(before.raw)
        assert after.width >= 544
        assert abs(after.width / after.height - before.width / before.height) < 0.01
        assert read(after.raw).size == (after.width, after.height)


def test_counts_a_picture_once_that_is_shown_twice() -> None:
    (one,) = prepared(1)
    assert fit((one,) * 8) == (one,) * 8


def test_shrinks_a_picture_with_holes_and_keeps_them() -> None:
    pixels = photo(1200, 900).convert("RGBA")
    pixels.putalpha(drawing(1200, 900, "RGBA").getchannel("A"))
    image = prepare(saved(pixels, "PNG"), WHERE)
    (fitted,) = fit((image,), limit=len(image.raw) // 3)
    assert len(fitted.raw) <= len(image.raw) // 3
    assert read(fitted.raw).convert("RGBA").getpixel((2, 2))[3] == 0  # type: ignore[index]


def test_says_so_when_pictures_cannot_be_that_small() -> None:
    with pytest.raises(EditorError) as caught:
        fit(prepared(3), limit=5_000, where="V Aktuellt maj 2024")
    assert re.search(
        r"V Aktuellt maj 2024: de tar \d+ kB tillsammans, och i ett mejl får 5 kB plats", str(caught.value)
    )


def test_passes_on_what_there_is_to_say_of_a_picture() -> None:
    moving = saved(photo(1088, 800), "PNG", save_all=True, append_images=[photo(1088, 800, 2)])
    image = prepare(moving, WHERE)
    (fitted,) = fit((image,), limit=len(image.raw) // 2)
    assert fitted.note == image.note is not None
