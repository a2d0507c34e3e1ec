import gc
import os
import signal
import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms

from inspections.evidence import derivatives
from inspections.evidence.decoder import resized
from inspections.evidence.derivatives import Damage, Decoder, DecoderBroken, Derivatives, Limits
from inspections.evidence.photo_check import Accepted, Refusal, check_photo
from tests.inspections.evidence.photographs import drawn, noisy, opened, saved

ORIENTATION = 0x0112


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as decoder:
        yield decoder


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "PNG", "WEBP", "HEIF"])
def test_every_format_gives_two_jpegs_of_the_right_size(decoder: Decoder, kind: str) -> None:
    result = decoder.derive(drawn((2400, 1800), kind))
    assert result.damage is None
    assert (result.width, result.height) == (2400, 1800)
    assert [(opened(picture).format, opened(picture).size) for picture in (result.large, result.small)] == [
        ("JPEG", (1600, 1200)),
        ("JPEG", (320, 240)),
    ]
    assert corners(result.small) == UPRIGHT


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (300, 200), (12_000, 40)])
def test_a_photo_is_never_enlarged(decoder: Decoder, size: tuple[int, int]) -> None:
    result = decoder.derive(drawn(size, "PNG"))
    large, small = opened(result.large), opened(result.small)
    assert max(large.size) == min(max(size), 1600)
    assert max(small.size) == min(max(size), 320)


@pytest.mark.parametrize("size", [(2000, 1500), (1500, 2001), (4000, 3000)])
def test_halves_shrunk_apart_have_no_seam(size: tuple[int, int]) -> None:
    image = opened(noisy(size, quality=95)).convert("RGB")
    width, height = size[0] * 2 // 3, size[1] * 2 // 3
    whole = image.resize((width, height), Image.Resampling.HAMMING)
    difference = ImageChops.difference(resized(image, width, height), whole)
    assert max(high for _, high in difference.getextrema()) <= 1


UPRIGHT = ["red", "green", "blue", "white"]


def corners(picture: bytes | None) -> list[str]:
    image = opened(picture).convert("RGB")
    right, bottom = image.width - 3, image.height - 3
    return [named(image.getpixel(at)) for at in ((2, 2), (right, 2), (2, bottom), (right, bottom))]  # type: ignore[arg-type]


def named(colour: tuple[int, int, int]) -> str:
    bright = tuple(channel > 128 for channel in colour)
    return {
        (True, False, False): "red",
        (False, True, False): "green",
        (False, False, True): "blue",
        (True, True, True): "white",
    }.get(bright, str(colour))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_ends_upright(decoder: Decoder, orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    turned = drawn_turned(orientation)
    result = decoder.derive(saved(turned, kind, exif=exif.tobytes(), quality=95))
    assert (result.width, result.height) == (640, 480)
    assert opened(result.small).size == (320, 240)
    assert corners(result.small) == UPRIGHT
    assert ORIENTATION not in opened(result.small).getexif()


def drawn_turned(orientation: int) -> Image.Image:
    """The upright drawing as a camera held the other way would have stored it."""
    turn = Image.Transpose
    stored_as = {
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_90,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_270,
    }
    upright = opened(drawn((640, 480), "PNG"))
    return upright.transpose(stored_as[orientation]) if orientation in stored_as else upright


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16"])
def test_every_kind_of_pixel_is_made_visible(decoder: Decoder, mode: str) -> None:
    if mode == "I;16":
        grey = Image.new("I;16", (64, 48), 65_535)
        content = saved(grey, "PNG")
    else:
        content = drawn((64, 48), "PNG", mode=mode)
    result = decoder.derive(content)
    assert result.damage is None
    assert opened(result.large).convert("L").getpixel((60, 44)) > 250  # type: ignore[operator]


def test_a_cmyk_jpeg_is_shown(decoder: Decoder) -> None:
    assert corners(decoder.derive(drawn((640, 480), mode="CMYK")).large)[3] == "white"


def test_what_is_transparent_becomes_white_not_black(decoder: Decoder) -> None:
    clear = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    assert opened(decoder.derive(saved(clear, "PNG")).large).getpixel((30, 20)) == (255, 255, 255)


def test_colours_are_those_of_the_profile(decoder: Decoder) -> None:
    """A profile that swaps red and blue tells whether it was used."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain = decoder.derive(drawn((64, 48)))
    odd = decoder.derive(drawn((64, 48), icc_profile=lab))
    rubbish = decoder.derive(drawn((64, 48), icc_profile=b"no profile at all"))
    assert plain.large == odd.large == rubbish.large, "an unusable profile is no reason to show nothing"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert decoder.derive(drawn((64, 48), icc_profile=srgb)).large == plain.large


def test_derivatives_carry_no_metadata(decoder: Decoder) -> None:
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    exif.get_ifd(0x8825).update({1: "N", 2: (28.0, 41.0, 0.0), 3: "E", 4: (117.0, 4.0, 0.0)})
    photo = drawn((640, 480), exif=exif, comment=b"SECRET", xmp=b"<x>SECRET</x>", dpi=(300, 300))
    assert b"SECRET" in photo
    result = decoder.derive(photo)
    for picture in (result.large, result.small):
        assert dict(opened(picture).getexif()) == {}
        assert not {"comment", "xmp", "exif", "icc_profile"} & set(opened(picture).info)
        assert b"SECRET" not in (picture or b"")
        assert b"script" not in (picture or b"")


def test_a_polyglot_loses_its_tail(decoder: Decoder) -> None:
    tail = b"<html><script>alert(document.domain)</script>"
    result = decoder.derive(drawn((640, 480)) + tail)
    assert result.damage is None
    for picture in (result.large, result.small):
        assert b"script" not in (picture or b"")
        assert (picture or b"").endswith(b"\xff\xd9")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_that_breaks_off_is_damaged_and_shows_what_there_is(decoder: Decoder, kind: str) -> None:
    photo = drawn((1200, 900), kind, **({"quality": 95} if kind == "JPEG" else {"compress_level": 0}))
    result = decoder.derive(photo[: len(photo) * 3 // 5])
    assert result.damage is Damage.TRUNCATED
    assert str(result.damage.label) == "照片不完整，请在现场重拍"
    assert corners(result.large)[:2] == ["red", "green"]
    assert decoder.derive(photo).damage is None, "leniency must not outlast the broken photo"


def test_a_truncated_webp_or_heic_is_damaged_without_a_picture(decoder: Decoder) -> None:
    for kind in ("WEBP", "HEIF"):
        photo = noisy((600, 400), kind)
        result = decoder.derive(photo[: len(photo) // 2])
        assert result.damage in {Damage.TRUNCATED, Damage.UNDECODABLE}


def test_broken_orientation_is_no_damage(decoder: Decoder) -> None:
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, ORIENTATION, 2, 99_999_999, 0xFFFFFFF0)
    assert decoder.derive(drawn((64, 48), exif=b"Exif\0\0" + tiff)).damage is None


@given(st.binary(max_size=2000))
@settings(max_examples=60, deadline=None)
def test_random_bytes_are_undecodable_and_the_decoder_lives(decoder: Decoder, content: bytes) -> None:
    assert decoder.derive(content) == Derivatives(Damage.UNDECODABLE)


SEEDS = [drawn((200, 150), kind) for kind in ("JPEG", "PNG", "WEBP", "HEIF")]


@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=80, deadline=None)
def test_a_photo_with_random_damage_never_raises(decoder: Decoder, photo: bytes, data: st.DataObject) -> None:
    content = bytearray(photo)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    result = decoder.derive(bytes(content))
    assert result.damage or opened(result.large).size == opened(result.large).size


def test_a_decompression_bomb_is_not_unpacked(decoder: Decoder) -> None:
    big = saved(Image.new("1", (12_000, 12_000)), "PNG")
    assert decoder.derive(big) == Derivatives(Damage.UNDECODABLE)


def test_the_largest_allowed_photo_fits_into_the_memory_limit(decoder: Decoder) -> None:
    """Sixty megapixels with transparency, the most that a pixel can cost."""
    image = Image.new("RGBA", (10_000, 6_000), (200, 30, 30, 255))
    content = saved(image, "PNG", compress_level=1)
    del image
    gc.collect()
    result = decoder.derive(content)
    assert (result.damage, opened(result.large).size) == (None, (1600, 960))


def test_a_photo_too_big_for_the_memory_limit_is_damaged_and_the_next_one_is_fine() -> None:
    with Decoder(Limits(memory_bytes=200_000_000)) as decoder:
        swelling = saved(Image.new("RGB", (9_000, 6_000)), "PNG")
        assert decoder.derive(swelling) == Derivatives(Damage.TOO_COSTLY)
        assert decoder.derive(drawn()).damage is None


def scan_bomb(repeats: int) -> bytes:
    """A small progressive JPEG whose last scan is repeated: each repetition is decoded in full."""
    photo = saved(Image.new("RGB", (6_000, 6_000)), "JPEG", progressive=True)
    last = photo.rindex(b"\xff\xda")
    table = photo.rindex(b"\xff\xc4", 0, last)
    return photo[:-2] + photo[table:-2] * repeats + b"\xff\xd9"


def test_a_photo_that_takes_too_much_processor_time_is_damaged_and_the_next_one_is_fine() -> None:
    with Decoder(Limits(cpu_s=1)) as decoder:
        assert decoder.derive(scan_bomb(300)).damage is Damage.TOO_COSTLY
        assert decoder.derive(drawn()).damage is None


def test_a_photo_that_takes_too_long_is_damaged_and_the_next_one_is_fine() -> None:
    with Decoder(Limits(cpu_s=600, wall_s=2)) as decoder:
        assert decoder.derive(scan_bomb(2000)).damage is Damage.TOO_COSTLY
        assert decoder.derive(drawn()).damage is None


def child_of(decoder: Decoder) -> int:
    child = decoder._child
    assert child
    return child._process.pid


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV])
def test_a_child_that_died_between_photos_is_replaced(blow: signal.Signals) -> None:
    with Decoder() as decoder:
        decoder.derive(drawn())
        first = child_of(decoder)
        os.kill(first, blow)
        assert decoder.derive(drawn()).damage is None
        assert child_of(decoder) != first


def test_a_photo_that_kills_a_new_child_is_damaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No photo here is known to crash the libraries: this one makes the program end itself as a crash would."""
    program = Path(derivatives.__file__).with_name("decoder.py").read_text()
    deadly = program.replace("= derive(photo)", "= derive(photo) if photo != b'deadly' else os.abort()")
    assert deadly != program
    (tmp_path / "decoder.py").write_text(deadly)
    monkeypatch.setattr(derivatives, "PROGRAM", tmp_path / "decoder.py")
    with Decoder() as decoder:
        assert decoder.derive(drawn()).damage is None
        assert decoder.derive(b"deadly") == Derivatives(Damage.TOO_COSTLY)
        assert decoder.derive(drawn()).damage is None


def test_one_child_serves_many_photos_and_is_renewed_in_time() -> None:
    with Decoder(Limits(photos_per_process=3)) as decoder:
        children = []
        for _ in range(6):
            assert decoder.derive(drawn()).damage is None
            children.append(child_of(decoder))
    assert children == [children[0]] * 3 + [children[5]] * 3
    assert children[0] != children[5]


def test_a_decoder_that_can_not_start_is_not_blamed_on_the_photo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(derivatives, "PROGRAM", tmp_path / "not-there.py")
    with Decoder() as decoder, pytest.raises(DecoderBroken, match="exit status 2"):
        decoder.derive(drawn())


def test_the_child_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:password@host/db")
    with Decoder() as decoder:
        decoder.derive(drawn())
        environment = Path(f"/proc/{child_of(decoder)}/environ").read_bytes()
    assert b"password" not in environment


DAMAGED, OK = "damaged", "ok"
REAL = {
    "broken_stream.png": DAMAGED,
    "corrupted.heic": Refusal.UNREADABLE,
    "empty.heic": Refusal.EMPTY,
    "gps.png": OK,
    "gps_china_iphone8.heic": OK,
    "gps_china_pixel6_truncated_pixels.jpg": DAMAGED,
    "gps_htc_desire.jpg": OK,
    "gps_ifd_no_fix.jpg": OK,
    "gps_orient6.webp": OK,
    "gps_zero_zero.jpg": OK,
    "orient3.jpg": OK,
    "orient6.jpg": OK,
    "orient8.jpg": OK,
    "truncated.jpg": DAMAGED,
    "truncated_32_bytes.jpg": Refusal.UNREADABLE,
}


@pytest.mark.shared
def test_the_table_names_every_real_photo(shared_data: Path) -> None:
    assert {path.name for path in (shared_data / "photos").iterdir()} == set(REAL)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "outcome"), REAL.items())
def test_each_real_photo_is_stored_whole_stored_damaged_or_refused_by_name(
    decoder: Decoder, shared_data: Path, name: str, outcome: str | Refusal
) -> None:
    content = (shared_data / "photos" / name).read_bytes()
    verdict = check_photo(BytesIO(content))
    if isinstance(outcome, Refusal):
        assert verdict is outcome
        return
    assert isinstance(verdict, Accepted)
    result = decoder.derive(content)
    assert result.damage is (Damage.TRUNCATED if outcome == DAMAGED else None)
    assert max(opened(result.small).size) == min(320, max(verdict.width, verdict.height))
