"""Cameras and recorders, as plain Python: no tables, no Django, and everything a device says is hostile.

Where things are, from the wire upwards. A module imports from its own row and those above it (import-linter):

- the address: `addresses` (with `iana`, made by `make_tables`), `routes`, `errors`, `words`, `deadline`, `limits`
- the line: `wire`, `dial` (the only code that opens a socket to a device), `turns`, `digest`, `http`
- what is said: `soap`, `requests` (prebuilt envelopes), `values`, `replies`, `encoders`, `quirks` (of makers),
  `channels`, `brands`, `rtsp_path`, `secrets`; and what comes of it: `report`, `facts`, `pictures`
- speaking: `refusals`, `sign_in`, `onvif_reader`, `details`, `rtsp`, `tunnel`, `decoder` (a child that sees no more
  than the tunnel)
- a visit: `conversation`, `seek`, `rtsp_walk`, `probe`, `checks`, `knock`, `threads`, `report_text`
- changing: `changes` (plain facts) and `configure` (through onvif-zeep, behind an allow-list)
- by hand: `cli` (`manage.py probe`), `discover` and `discover_cli` (`manage.py discover`), `operator_words`;
  `terminal` folds what they say and stands at the bottom

Callers use `probe`, `checks`, `configure`, `changes`, `report`, `errors`, `routes`, `secrets` and `brands`.
"""
