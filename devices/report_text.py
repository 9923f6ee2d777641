"""A report as a technician likes to read it: grouped, aligned, the oddities at the end. Nothing here is secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from devices.facts import Encoder, EncoderOptions
from devices.report import Channel, DeviceReport, Stream, without_secrets
from devices.soap import clean_text
from devices.words import detail_words, warning_words

LABEL = 13
NAMES_SHOWN = 12
WIDTH = 100
_CODECS = {"H264": "H.264", "H265": "H.265", "MPEG4": "MPEG-4"}
_SIGNED = {"digest": "HTTP Digest", "wsse": "WS-UsernameToken"}
_PICTURES = {"snapshot": "gambar diam", "keyframe": "tayangan"}
UNKNOWN, NOT_OFFERED, NONE = "tidak diketahui", "tidak ditawarkan", "tidak ada"


def as_text(report: DeviceReport) -> str:
    """The whole report, ending with a newline."""
    parts: list[str] = []
    for title, lines in _groups(report):
        parts += ["", title, *(f"  {line}" for line in lines)]
    name = " ".join(part for part in (report.maker, report.model) if part)
    head = f"{report.host} port {report.port}" + (f" · {name}" if name else "")
    return "\n".join([head, *parts, "", f"Selesai dalam {_decimal(report.seconds, 1)} detik."]) + "\n"


def _groups(report: DeviceReport) -> Iterator[tuple[str, list[str]]]:
    yield "Perangkat", list(_device(report))
    yield "Jam", list(_clock(report))
    yield "Masuk", list(_signed_in(report))
    yield f"Saluran ({len(report.channels)})", [*_channels(report.channels)] or [NONE]
    if report.details.encoders:
        yield "Pengaturan aliran", list(_encoders(report))
    yield "Gambar", [_picture(report)]
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
    if report.identity.tls_fingerprint:
        yield _row("sertifikat", report.identity.tls_fingerprint)
    if report.identity.stream_tls_fingerprint:
        yield _row("sertifikat tayangan", report.identity.stream_tls_fingerprint)
    yield _row("ONVIF", "ya" if report.onvif else "tidak, hanya RTSP")


def _clock(report: DeviceReport) -> Iterator[str]:
    offset = report.clock_offset_seconds
    yield _row("selisih", UNKNOWN if offset is None else f"{_decimal(offset, 1, signed=True)} detik")
    kept = report.details.clock
    if kept is not None:
        yield _row("disetel", kept.source or UNKNOWN)
        summer = {True: ", waktu musim panas", None: "", False: ""}[kept.daylight_saving]
        yield _row("zona", f"{kept.time_zone or UNKNOWN}{summer}")


def _signed_in(report: DeviceReport) -> Iterator[str]:
    how = _SIGNED.get(report.sign_in_method, report.sign_in_method) or "tanpa kata sandi"
    yield _row("cara", how + (", waktu setempat disebut UTC" if report.worked == "wsse-lt" else ""))
    yield _row("ditolak", f"{report.refusals} kali")


def _channels(channels: Sequence[Channel]) -> Iterator[str]:
    for channel in channels:
        token = _shown(channel.video_source_token)
        plays = "" if any(stream.codec == "H264" for stream in channel.streams) else "  (tanpa H.264)"
        yield f"{channel.number:>3}  {_shown(channel.name)}" + (f"  [{token}]" if token else "") + plays
        for rank, stream in enumerate(channel.streams):
            yield "     " + _stream("utama" if rank == 0 else "sub", stream)


def _stream(rank: str, stream: Stream) -> str:
    size = f"{stream.width}x{stream.height}" if stream.width and stream.height else "?"
    rate = f"{stream.fps} fps" if stream.fps else ""
    scheme = "rtsps" if stream.tls else "rtsp"
    port = f":{stream.rtsp_port}" if stream.rtsp_port else ""
    where = f"{scheme}{port} {_shown(without_secrets(stream.path), 160)}" if stream.path else "alamat tidak terbaca"
    codec = _CODECS.get(stream.codec, stream.codec) or "?"
    return f"{rank:<6}{codec:<7}{size:<11}{rate:<8}{_shown(stream.profile_token):<18}  {where}".rstrip()


def _encoders(report: DeviceReport) -> Iterator[str]:
    options = report.details.encoder_options
    shown = [one for one in report.details.encoders if any(choice.encoder == one.token for choice in options)]
    shown = shown or list(report.details.encoders[:2])
    for encoder in shown:
        yield _encoder(encoder)
        for choice in options:
            if choice.encoder == encoder.token:
                yield f"    dapat    {_choice(choice)}"
    left = len(report.details.encoders) - len(shown)
    if left:
        yield f"dan {left} lagi"


def _encoder(encoder: Encoder) -> str:
    facts = [
        _CODECS.get(encoder.codec, encoder.codec) or "?",
        f"{encoder.width}x{encoder.height}" if encoder.width and encoder.height else "",
        f"{encoder.fps} fps" if encoder.fps else "",
        f"{encoder.kbit} kbit/s" if encoder.kbit else "",
        f"GOP {encoder.gov_length}" if encoder.gov_length else "",
        encoder.profile,
    ]
    return _row(_shown(encoder.token), " ".join(fact for fact in facts if fact))


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


def _picture(report: DeviceReport) -> str:
    picture = report.picture
    if picture is None:
        return NONE
    source = _PICTURES.get(report.picture_source, report.picture_source)
    return f"{picture.width}x{picture.height} dari {source}, {round(len(picture.jpeg) / 1024)} KiB"


def _masks(report: DeviceReport) -> Iterator[str]:
    masks = report.details.masks
    if masks is None:
        yield _unread(report, "masks")
        return
    on = sum(mask.enabled for mask in masks)
    yield f"{len(masks)} topeng, {on} terpasang" if masks else NONE
    for choice in report.details.mask_options:
        limits = [
            f"paling banyak {choice.masks_max}" if choice.masks_max is not None else "",
            f"{choice.points_max} sudut" if choice.points_max is not None else "",
            "hanya persegi panjang" if choice.rectangle_only else "",
            " ".join(choice.kinds),
        ]
        yield _row(_shown(choice.configuration), " · ".join(limit for limit in limits if limit))


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
    if report.details.missing:
        yield f"- Tidak terbaca: {', '.join(detail_words(name) for name in report.details.missing)}."
    if not report.warnings and not report.details.missing:
        yield "tidak ada: semuanya terbaca"


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
        if line and len(longer) > WIDTH - LABEL:
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
