"""The number of a warrant (Surat Perintah), as far as its shape tells."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Every letter has a number in it and parts that a mark keeps apart.
LETTER = re.compile(r"(?=.*\d)(?=.*[/.-]).{5,}")


def validate_letter_number(letter: str) -> None:
    """Something that can be looked up as a letter; whether it exists, the Polsek knows. Raises ValidationError."""
    if not LETTER.fullmatch(letter):
        raise ValidationError(
            _(
                "Tulis nomor surat perintah lengkap: paling sedikit 5 huruf atau angka, dengan angka dan tanda "
                "“/”, “-” atau “.”. Contoh: Sprin/123/XI/2026."
            ),
            code="letter_number",
        )
