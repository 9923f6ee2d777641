"""The product's settings, with guardian's direct tables for cameras added, as its documentation advises them."""

from config.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "bench.access.direct"]  # noqa: F405
ROOT_URLCONF = "bench.access.urls"
DATABASES["default"]["OPTIONS"] = {  # noqa: F405
    "options": "-c max_parallel_workers_per_gather=0 -c jit=off -c random_page_cost=1.1 -c work_mem=64MB"
}
