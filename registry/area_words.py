"""An area in words."""

from registry.models import Area


def area_words(area: Area) -> str:
    """Its level and name; a city's own name already says what it is ("Kota Administrasi …")."""
    if area.name.startswith(("Kota ", "Kabupaten ")):
        return area.name
    return f"{area.get_level_display()} {area.name}"
