"""An area in words."""

from registry.models import Area


def area_words(area: Area) -> str:
    """Its level and name; a city's own name already says what it is ("Kota Administrasi …")."""
    if area.name.startswith(("Kota ", "Kabupaten ")):
        return area.name
    return f"{area.get_level_display()} {area.name}"


def indented(area: Area) -> str:
    """The same in a list of areas by code: further in, the smaller it is."""
    return "\u2003" * (area.code.count(".") - 1) + area_words(area)
