"""A report as a technician likes to read it: grouped, aligned, the oddities at the end. Nothing here is secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from devices.facts import Encoder, EncoderOptions
from devices.report import Channel, DeviceReport, Identity, Stream, without_secrets
from devices.soap import clean_text
from devices.terminal import WIDTH, fold
from devices.words import detail_words, warning_words

LABEL = 13
STREAM_INDENT = 11
NAMES_SHOWN = 12
_CODECS = {"H264": "H.264", "H265": "H.265", "MPEG4": "MPEG-4"}
_SIGNED = {"digest": "HTTP Digest", "wsse": "WS-UsernameToken"}
_PICTURES = {"snapshot": "gambar diam", "keyframe": "tayangan"}
UNKNOWN, NOT_OFFERED, NONE = "tidak diketahui", "tidak ditawarkan", "tidak ada"
_HEX = re.compile(r"[0-9a-fA-F]+")
#: Four digits are compared at a glance, and eight groups of them are half a certificate.
FOURS_IN_A_LINE = 8


def as_text(report: DeviceReport) -> str:
    """The whole report in 80 columns, ending with a newline. Only what has to be copied whole is ever longer."""
    parts: list[str] = []
    for title, lines in _groups(report):
        parts += ["", title, *(fold(f"  {line}", indent=_indent(line) + 2) for line in lines)]
    name = " ".join(part for part in (report.maker, report.model) if part)
    head = fold(f"{report.host} port {report.port}" + (f" · {name}" if name else ""), indent=2)
    return "\n".join([head, *parts, "", f"Selesai dalam {_decimal(report.seconds, 1)} detik."]) + "\n"


def _groups(report: DeviceReport) -> Iterator[tuple[str, list[str]]]:
    yield "Perangkat", list(_device(report))
    yield "Tanda pengenal", list(_identity(report.identity))
    yield "Jam", list(_clock(report))
    yield "Masuk", list(_signed_in(report))
    yield f"Saluran ({len(report.channels)})", [*_channels(report.channels)] or [NONE]
    if report.details.encoders:
        yield "Pengaturan aliran", list(_encoders(report))
    yield "Gambar", list(_picture(report))
    if report.onvif:
        yield "Topeng privasi", list(_masks(report))
        yield "Kejadian", list(_listed(report, "event_topics", report.details.event_topics, "topik"))
        recordings = report.details.recordings
        names = None if recordings is None else [one.name or one.token for one in recordings]
        yield "Rekaman di perangkat", list(_listed(report, "recordings", names, "rekaman"))
    yield "Yang kurang", list(_missing(report))


def _device(report: DeviceReport) -> Iterator[str]:
    yield _row("merek", report.maker)
    yield _row("tipe", report.model)
    yield _row("firmware", report.firmware)
    yield _row("nomor seri", report.serial)
    yield _row("MAC", report.mac)
    for one in report.details.interfaces or ():
        state = "" if one.enabled else " (mati)"
        yield _row("jaringan", " ".join([_shown(one.name or one.token), one.mac, *one.addresses]) + state)
    if report.details.services:
        yield from _wrapped("layanan", [_service(name) for name in report.details.services])
    if report.details.scopes:
        yield from _wrapped("keterangan", [_scope(scope) for scope in report.details.scopes])
    yield _row("ONVIF", "ya" if report.onvif else "tidak, hanya RTSP")


def _identity(identity: Identity) -> Iterator[str]:
    """By what the device is known again; serial number and hardware address stand above already."""
    parts = (
        ("sertifikat", identity.tls_fingerprint),
        ("s. tayangan", identity.stream_tls_fingerprint),
        ("jawaban awal", identity.shape),
        ("nama tetap", identity.endpoint),
    )
    for label, value in parts:
        if value and not _HEX.fullmatch(value):
            yield _row(label, _shown(value, 120))  # The realm of a device without ONVIF is its own text.
            continue
        fours = [value[at : at + 4] for at in range(0, len(value), 4)]
        for begin in range(0, len(fours), FOURS_IN_A_LINE):
            yield _row("" if begin else label, " ".join(fours[begin : begin + FOURS_IN_A_LINE]))
    if not any(value for _, value in parts):
        yield "nomor seri dan MAC saja" if identity.serial or identity.mac else NONE


def _clock(report: DeviceReport) -> Iterator[str]:
    offset = report.clock_offset_seconds
    yield _row("selisih", UNKNOWN if offset is None else f"{_decimal(offset, 1, signed=True)} detik")
    kept = report.details.clock
    if kept is not None:
        yield _row("disetel", kept.source or UNKNOWN)
        summer = {True: ", waktu musim panas", None: "", False: ""}[kept.daylight_saving]
        yield _row("zona", f"{kept.time_zone or UNKNOWN}{summer}")


def _signed_in(report: DeviceReport) -> Iterator[str]:
    signed = _SIGNED if report.onvif else {"digest": "Digest (RTSP)"}
    how = signed.get(report.sign_in_method, report.sign_in_method) or "tanpa kata sandi"
    yield _row("cara", how + (", waktu setempat disebut UTC" if report.worked == "wsse-lt" else ""))
    unclear = f", {len(report.doubts)} kali tidak jelas" if report.doubts else ""
    yield _row("ditolak", f"{report.count.refused} kali{unclear}")


def _channels(channels: Sequence[Channel]) -> Iterator[str]:
    """Streams in one line each; where one of them needs two, all have two, so that their columns stay in line."""
    told = {id(stream): _stream(stream) for channel in channels for stream in channel.streams}
    narrow = all(len(facts) + len(where) + STREAM_INDENT + 4 <= WIDTH for facts, where in told.values())
    for channel in channels:
        token = _shown(channel.video_source_token)
        plays = "" if any(stream.codec == "H264" for stream in channel.streams) else "  (tanpa H.264)"
        name = _shown(channel.name) or f"Kanal {channel.number}"
        yield f"{channel.number:>3}  {name}" + (f"  [{token}]" if token else "") + plays
        for rank, stream in enumerate(channel.streams):
            facts, where = told[id(stream)]
            start = f"     {'sub' if rank else 'utama':<{STREAM_INDENT - 5}}{facts}"
            if narrow:
                yield f"{start}  {where}"
            else:
                yield start.rstrip()
                yield " " * STREAM_INDENT + where  # Folded nowhere: a path is copied.


def _stream(stream: Stream) -> tuple[str, str]:
    """What it sends, and where it is."""
    size = f"{stream.width}x{stream.height}" if stream.width and stream.height else "?"
    rate = f"{stream.fps} fps" if stream.fps else ""
    scheme = "rtsps" if stream.tls else "rtsp"
    port = f":{stream.rtsp_port}" if stream.rtsp_port else ""
    where = f"{scheme}{port} {_shown(without_secrets(stream.path), 160)}" if stream.path else "alamat tidak terbaca"
    codec = _CODECS.get(stream.codec, stream.codec) or "?"
    return f"{codec:<7}{size:<11}{rate:<8}{_shown(stream.profile_token):<12}", where


def _encoders(report: DeviceReport) -> Iterator[str]:
    """Every encoder, those of one setting and one choice together."""
    options: dict[str, list[str]] = {}
    for choice in report.details.encoder_options:
        options.setdefault(choice.encoder, []).append(_choice(choice))
    alike: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for encoder in report.details.encoders:
        choices = tuple(options.get(encoder.token, ()))
        alike.setdefault(_encoder(encoder), {}).setdefault(choices, []).append(encoder.token)
    for facts, by_choices in alike.items():
        unasked = by_choices.pop((), []) if options else []
        for number, (choices, tokens) in enumerate(by_choices.items()):
            yield _together([*tokens, *(unasked if number == 0 else ())])
            yield f"  {facts}"
            yield from (f"    dapat {choice}" for choice in choices)
            if unasked and number == 0:
                yield f"    (pilihan dibaca pada {_together(tokens)})"
        if unasked and not by_choices:
            yield _together(unasked)
            yield f"  {facts}"


def _together(tokens: Sequence[str]) -> str:
    """Tokens in a row, the beginning that all of them share written once: Encoder_102, _202, _302."""
    names = [_shown(token) for token in tokens]
    shared = names[0].rfind("_")
    if shared < 3 or not all(name[: shared + 1] == names[0][: shared + 1] for name in names):
        return ", ".join(names)
    return ", ".join([names[0], *(name[shared:] for name in names[1:])])


def _encoder(encoder: Encoder) -> str:
    facts = [
        _CODECS.get(encoder.codec, encoder.codec) or "?",
        f"{encoder.width}x{encoder.height}" if encoder.width and encoder.height else "",
        f"{encoder.fps} fps" if encoder.fps else "",
        f"{encoder.kbit} kbit/s" if encoder.kbit else "",
        f"GOP {encoder.gov_length}" if encoder.gov_length else "",
        encoder.profile,
    ]
    return " ".join(fact for fact in facts if fact)


def _choice(choice: EncoderOptions) -> str:
    sizes = [f"{width}x{height}" for width, height in choice.sizes]
    more = f" dan {len(sizes) - NAMES_SHOWN} lagi" if len(sizes) > NAMES_SHOWN else ""
    facts = [
        f"{_CODECS.get(choice.codec, choice.codec):<6}",
        " ".join(sizes[:NAMES_SHOWN]) + more,
        _between(choice.fps_min, choice.fps_max, "fps"),
        _between(choice.kbit_min, choice.kbit_max, "kbit/s"),
        " ".join(choice.profiles),
    ]
    return " · ".join(fact for fact in facts if fact)


def _between(least: float | None, most: float | None, unit: str) -> str:
    ends = [_decimal(end, 0 if end == int(end) else 2) for end in (least, most) if end is not None]
    return f"{'–'.join(dict.fromkeys(ends))} {unit}" if ends else ""


def _picture(report: DeviceReport) -> Iterator[str]:
    picture = report.picture
    if picture is None:
        yield NONE
    else:
        source = _PICTURES.get(report.picture_source, report.picture_source)
        yield f"{picture.width}x{picture.height} dari {source}, {round(len(picture.jpeg) / 1024)} KiB"
    if report.onvif:
        path = report.snapshot_path
        shown = "tidak ditanyakan" if path is None else _shown(without_secrets(path), 160) or NONE
        yield _row("gambar diam", shown)


def _masks(report: DeviceReport) -> Iterator[str]:
    masks = report.details.masks
    if masks is None:
        yield _unread(report, "masks")
        return
    on = sum(mask.enabled for mask in masks)
    yield f"{len(masks)} topeng, {on} terpasang" if masks else NONE
    alike: dict[str, list[str]] = {}
    for choice in report.details.mask_options:
        limits = [
            f"paling banyak {choice.masks_max}" if choice.masks_max is not None else "",
            f"{choice.points_max} sudut" if choice.points_max is not None else "",
            "hanya persegi panjang" if choice.rectangle_only else "",
            " ".join(choice.kinds),
        ]
        alike.setdefault(" · ".join(limit for limit in limits if limit), []).append(choice.configuration)
    for told, tokens in alike.items():
        yield _row(_together(tokens), told)


def _unread(report: DeviceReport, name: str) -> str:
    return "tidak terbaca" if name in report.details.missing else NOT_OFFERED


def _listed(report: DeviceReport, name: str, names: Sequence[str] | None, what: str) -> Iterator[str]:
    if names is None:
        yield _unread(report, name)
    elif not names:
        yield NONE
    else:
        yield from _wrapped(f"{len(names)} {what}", [_shown(name) for name in names])


def _missing(report: DeviceReport) -> Iterator[str]:
    for code in report.warnings:
        yield f"- {warning_words(code)}"
    if report.onvif and report.details.missing:
        yield f"- Tidak terbaca: {', '.join(detail_words(name) for name in report.details.missing)}."
    if not report.warnings and not (report.onvif and report.details.missing):
        yield "tidak ada: semuanya terbaca"


def _indent(line: str) -> int:
    """Where a line goes on that is too long for one."""
    if line.startswith("- "):
        return 2
    return len(line) - len(line.lstrip()) + 2 if line.startswith(" ") else LABEL


def _row(label: str, value: str) -> str:
    return f"{label:<{LABEL - 1}} {value or '-'}"


def _wrapped(label: str, names: Sequence[str]) -> Iterator[str]:
    """Names after a label, on as many lines as they need; of very many only the first."""
    shown = [*names[: 4 * NAMES_SHOWN]]
    if len(names) > len(shown):
        shown.append(f"dan {len(names) - len(shown)} lagi")
    for number, line in enumerate(_lines(shown)):
        yield _row(label if number == 0 else "", line)


def _lines(names: Iterable[str]) -> Iterator[str]:
    line = ""
    for name in names:
        longer = f"{line}, {name}" if line else name
        if line and len(longer) > WIDTH - LABEL - 3:  # The indent, and a comma.
            yield line + ","
            longer = name
        line = longer
    if line:
        yield line


def _service(namespace: str) -> str:
    """The part that tells one service from another: media of ver10, media of ver20."""
    parts = [part for part in namespace.split("/") if part not in ("http:", "https:", "", "www.onvif.org", "wsdl")]
    name = "/".join(parts).removeprefix("ver10/")
    return _shown({"ver20/media": "media2"}.get(name, name.removeprefix("ver20/")))


def _scope(scope: str) -> str:
    return _shown(unquote(scope.removeprefix("onvif://www.onvif.org/")))


def _shown(text: str, size: int = 60) -> str:
    """Text of the device without what a terminal would obey."""
    return clean_text(text, size)


def _decimal(value: float, digits: int, *, signed: bool = False) -> str:
    return f"{round(value, digits) + 0.0:{'+' if signed else ''}.{digits}f}".replace(".", ",")
