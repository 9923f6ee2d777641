"""How often the picture checks of health cry without cause, and how often they miss one.

Each view is a street that the demo's cameras draw, or a part of a photograph. It is seen again later, in weather,
by night and behind traffic, which is no fault, and with its view taken away, which is. Every picture is judged
alone and by one reference of the day. A camera is at fault only when a second picture shows it too, and its nights
have a reference of their own once one was learned: what is counted here is the harder case.

Two kinds of rows have another target than none. The paper with the code lies in the picture of a visit, until the
first clear picture takes its place: there one in ten may be called wrong once. And where a name is wrong but the
fault is found, the row says so and holds.
"""

from __future__ import annotations

import os

import django

from proof.rows import Result


def run() -> Result:
    """The whole proof. Without the photographs, where pip cannot fetch them, it says so and goes on."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from proof import views  # Needs the models, for the causes stand beside them.

    return Result("health-pictures", views.rows())
