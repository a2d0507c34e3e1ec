"""Films and spoken notes as phones and browsers write them, without a picture or a sound in them."""


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return (len(body) + 8).to_bytes(4, "big") + name + body


def track(handler: bytes) -> bytes:
    return box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", box(b"mdhd", bytes(24)), hdlr(handler)))


def hdlr(handler: bytes) -> bytes:
    return box(b"hdlr", bytes(8), handler, bytes(12), b"core media\0")


def film(*handlers: bytes, brand: bytes = b"isom", first: bool = False, data: bytes = bytes(500)) -> bytes:
    """An MP4 as a phone writes it: the tracks are named at the end, unless the recorder writes as it goes."""
    head = box(b"ftyp", brand, bytes(4), b"isommp42")
    tracks = box(b"moov", box(b"mvhd", bytes(100)), *map(track, handlers))
    media = box(b"mdat", data)
    return head + (tracks + media if first else media + tracks)


def element(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return name + (1 << 56 | len(body)).to_bytes(8, "big") + body


def webm(*kinds: int, doc_type: bytes = b"webm", is_open: bool = True) -> bytes:
    """A WebM as a browser records it: the length of its one segment is not known when it is begun."""
    head = element(b"\x1aE\xdf\xa3", element(b"\x42\x86", b"\1"), element(b"\x42\x82", doc_type))
    entries = [
        element(b"\xae", element(b"\xd7", bytes([n])), element(b"\x83", bytes([k]))) for n, k in enumerate(kinds)
    ]
    body = (
        element(b"\x15\x49\xa9\x66", b"info")
        + element(b"\x16\x54\xae\x6b", *entries)
        + element(b"\x1f\x43\xb6\x75", bytes(900))
    )
    return head + (
        b"\x18\x53\x80\x67" + b"\x01" + b"\xff" * 7 + body if is_open else element(b"\x18\x53\x80\x67", body)
    )
