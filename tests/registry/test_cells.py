"""The first cut by H3 cells loses nobody who is near."""

import math

from hypothesis import given
from hypothesis import strategies as st

from registry.geo import METRES_PER_DEGREE, cells, cells_within, distance_m

LAT = st.floats(-11, 6)
LNG = st.floats(95, 141)
RADIUS = st.floats(50, 2000)


@given(LAT, LNG, RADIUS, st.floats(0, 360), st.floats(0, 1))
def test_every_position_within_the_radius_lies_in_one_of_the_cells(lat, lng, radius, bearing, share):
    there = radius * share
    lat2 = lat + there * math.cos(math.radians(bearing)) / METRES_PER_DEGREE
    lng2 = lng + there * math.sin(math.radians(bearing)) / (METRES_PER_DEGREE * math.cos(math.radians(lat2)))

    column, found = cells_within(lat, lng, radius)

    if distance_m(lat, lng, lat2, lng2) <= radius:
        assert cells(lat2, lng2)[column] in found


@given(LAT, LNG, RADIUS)
def test_the_cells_are_a_few_dozen(lat, lng, radius):
    assert len(cells_within(lat, lng, radius)[1]) <= 91
