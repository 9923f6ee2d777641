"""What the repository itself promises: names, templates, constraints, locks and addresses.

(`tests/ops/` holds the schedule and the names of the environment.)
"""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.db.models import CheckConstraint, Q

from access.errors import REFUSALS

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = (
    "audit", "accounts", "notices", "registry", "access", "health", "feeds", "coverage", "onboarding",
    "conduct", "incidents", "privacy", "transparency", "desks", "upkeep",
)  # fmt: skip
PRODUCT = (*APPS, "devices", "config")


def _tracked() -> list[str]:
    said = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in said.split("\0") if name and (ROOT / name).exists()]


def _texts() -> Iterator[tuple[str, str]]:
    """Tracked files that are text."""
    for name in _tracked():
        data = (ROOT / name).read_bytes()
        if b"\0" not in data:
            yield name, data.decode("utf-8")


def _sources() -> Iterator[tuple[str, str]]:
    """The product's own Python, without migrations; not only what is tracked yet."""
    for folder in PRODUCT:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text()


# --- tables --------------------------------------------------------------------------------------------------

WITHOUT_A_CONSTRAINT: set[str] = set()


def _models() -> Iterator[type[models.Model]]:
    for label in APPS:
        yield from apps.get_app_config(label).get_models()


def _looked_up(condition: Q) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _looked_up(child)
        elif isinstance(child, tuple):
            yield child[0]


def test_the_database_knows_every_closed_list():
    loose = set()
    for model in _models():
        known = {
            name.removesuffix("__in")
            for constraint in model._meta.constraints
            if isinstance(constraint, CheckConstraint)
            for name in _looked_up(constraint.condition)
            if name.endswith("__in")
        }
        loose |= {
            f"{model._meta.label}.{field.name}"
            for field in model._meta.get_fields()
            if getattr(field, "choices", None) and field.model is model and field.name not in known
        }

    assert loose == WITHOUT_A_CONSTRAINT


def test_whatever_happened_by_somebody_has_both_or_neither():
    """A nullable `…_by` beside a `…_at` is held to it by a constraint."""
    loose = []
    for model in _models():
        names = {field.name for field in model._meta.get_fields()}
        whole = {
            name.partition("__")[0]
            for constraint in model._meta.constraints
            if isinstance(constraint, CheckConstraint)
            for name in _looked_up(constraint.condition)
        }
        for name in sorted(names):
            if not name.endswith("_by") or f"{name[:-3]}_at" not in names:
                continue
            if model._meta.get_field(name).null and name not in whole:
                loose.append(f"{model._meta.label}.{name}")

    assert loose == []


def test_constraints_are_named_for_their_app_and_model():
    strange = [
        constraint.name
        for model in _models()
        for constraint in model._meta.constraints
        if not constraint.name.startswith(f"{model._meta.app_label}_{model._meta.model_name}_")
    ]

    assert strange == []


# --- templates -----------------------------------------------------------------------------------------------

INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "a script without a file": re.compile(r"<script\b(?![^>]*\ssrc=)", re.I),
    "a handler in an attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "an address that runs": re.compile(r"javascript:", re.I),
    "text taken as it is": re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off"),
    "an address elsewhere": re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""", re.I),
}


def _templates() -> list[Path]:
    return [*(ROOT / "templates").rglob("*.html"), *(ROOT / "demo").rglob("*.html")]


@pytest.mark.parametrize("what", INLINE)
def test_no_template_holds(what: str):
    found = [str(path.relative_to(ROOT)) for path in _templates() if INLINE[what].search(path.read_text())]

    assert len(_templates()) > 50
    assert found == []


# --- names, addresses, locks ---------------------------------------------------------------------------------


def test_nothing_is_called_a_heap_of_things():
    heaps = re.compile(r"(^|/)(utils?|helpers?|common|misc|core)(\.py$|/)")

    assert [name for name in _tracked() if heaps.search(name)] == []


# Put together, so that this file does not hold them itself.
FOREIGN = {
    "a registry": "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("files", "python" + "hosted", "org"),
            ("registry", "npm" + "js", "org"),
            ("registry", "yarnpkg", "com"),
            ("proxy", "golang", "org"),
            ("crates", "io"),
            ("docker", "io"),
            ("ghcr", "io"),
        )
    ),
    "a folder of one machine": "|".join(f"/{name}/" for name in ("work", "home", "root", "Users")),
    "an index given to the installer": "|".join(
        f"--{name}[= ]" for name in ("index-url", "extra-index-url", "find-links")
    ),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_no_tracked_file_names(what: str):
    pattern = re.compile(FOREIGN[what])

    assert [name for name, text in _texts() if pattern.search(text)] == []


def _locks() -> list[Path]:
    return sorted((ROOT / "requirements").glob("*.lock"))


def test_every_lock_holds_hashes_and_no_address():
    assert _locks()
    for path in _locks():
        entries = re.split(r"\n(?=[a-zA-Z0-9])", path.read_text())
        pinned = [entry for entry in entries if re.match(r"[a-zA-Z0-9]", entry)]
        assert pinned, path.name
        for entry in pinned:
            assert re.match(r"[\w.\[\],-]+==[\w.!+]+\s", entry), f"{path.name}: {entry.splitlines()[0]}"
            assert "--hash=sha256:" in entry, f"{path.name}: {entry.splitlines()[0]}"
        assert "://" not in path.read_text(), path.name


def test_the_lock_of_the_device_programs_holds_hashes_and_no_address():
    lock = ROOT / "tests" / "programs" / "package-lock.json"
    packages = json.loads(lock.read_text())["packages"]
    wished = json.loads(lock.with_name("package.json").read_text())["dependencies"]

    assert packages.pop("")["dependencies"] == wished
    assert {f"node_modules/{name}" for name in wished} <= set(packages)
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []
    assert "://" not in lock.read_text()


def test_every_wish_has_its_lock_and_is_in_it():
    for wish in (ROOT / "requirements").glob("*.in"):
        locked = wish.with_suffix(".lock").read_text().lower()
        for line in _wished(wish):
            name = re.match(r"[\w.-]+", line)
            assert name
            assert f"\n{name[0].lower().replace('_', '-')}==" in f"\n{locked}", f"{wish.name}: {line}"


def test_every_dependency_says_why_it_is_there():
    for wish in (ROOT / "requirements").glob("*.in"):
        assert _wished(wish), wish.name
        for line in _wished(wish):
            assert len(line.partition("#")[2].split()) >= 1, f"{wish.name}: {line}"


def _wished(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line.strip() and not line.startswith(("#", "-"))]


# --- code ----------------------------------------------------------------------------------------------------


def test_every_refusal_is_given_somewhere_and_no_other():
    """The codes of `REFUSALS` are exactly those that the decision and the services give."""
    given: set[str] = set()
    services = (f"access/services/{part}.py" for part in ("grants", "cases", "looks"))
    for name in ("access/decision.py", "access/rule.py", *services):
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                given.add(node.value)
    returned = {
        node.args[0].value
        for name, source in _sources()
        if name.startswith(("access/", "feeds/"))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Refused", "LookRefused"}
        and node.args and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip

    assert REFUSALS.keys() - given == set(), "words that nobody is ever given"
    assert returned - REFUSALS.keys() == set(), "codes without words"


def _in_the_path_of_requests() -> list[tuple[str, str]]:
    serving = re.compile(r"(^|/)(views?|api|forms?|middleware|maps)(/|\.py$)|_views\.py$|_forms\.py$")
    return [(name, source) for name, source in _sources() if serving.search(name)]


def test_no_page_takes_a_row_by_its_number():
    """`…objects.get(pk=…)` forgets to ask whose it is; start from `owned_by` or `visible_cameras`."""
    found = []
    for name, source in _in_the_path_of_requests():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
                manager = node.func.value
                if isinstance(manager, ast.Attribute) and manager.attr == "objects":
                    found.append(f"{name}:{node.lineno}")

    assert len(_in_the_path_of_requests()) > 20
    assert found == []


# A bare model where a queryset of what this person may see should stand. Boundaries are public, and the
# list of reasons is whole for those who edit it.
BARE_IS_RIGHT = {
    ("registry/views.py", "Area"),
    ("access/views/reasons.py", "Reason"),
    ("audit/views.py", "Anchor"),  # Published to everybody.
}


def test_no_page_searches_among_all_rows():
    found = set()
    for name, source in _in_the_path_of_requests():
        for node in ast.walk(ast.parse(source)):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "get_object_or_404"
                and isinstance(node.args[0], ast.Name)
                and node.args[0].id[0].isupper()
            ):
                found.add((name, node.args[0].id))

    assert found == BARE_IS_RIGHT


def test_views_write_nothing_themselves():
    """Every change of state is a service; a view finds, asks, calls one and answers."""
    writes = {"create", "bulk_create", "update", "bulk_update", "get_or_create", "update_or_create"}
    found = []
    for name, source in _in_the_path_of_requests():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                on = node.func.value
                if node.func.attr in writes and isinstance(on, ast.Attribute) and on.attr == "objects":
                    found.append(f"{name}:{node.lineno}")
                if node.func.attr == "save" and not node.args and isinstance(on, ast.Name) and on.id != "form":
                    found.append(f"{name}:{node.lineno}")

    assert found == []


def test_no_work_leaves_inside_a_transaction():
    """`.delay()` of uncommitted rows is lost or finds nothing: `delay_on_commit`, or `on_commit` around it."""
    loose = []
    for name, source in _sources():
        for number, line in enumerate(source.splitlines(), 1):
            if (
                re.search(r"\.(delay|apply_async)\(", line)
                and "on_commit" not in line
                and not name.endswith("tasks.py")
            ):
                loose.append(f"{name}:{number}")

    assert [place for place in loose if not place.startswith("config/up.py")] == []  # It asks for a sign of life.


def test_files_stay_short():
    """Near 400 lines a file is split by noun."""
    long = {name: source.count("\n") for name, source in _sources() if source.count("\n") > 480}

    assert long == {}


def test_every_icon_that_a_page_names_is_drawn():
    drawn = set(re.findall(r'id="([a-z-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    named = {
        word
        for name, text in _texts()
        if name.startswith("templates/")
        for word in re.findall(r'(?:icon\.html" with name|empty\.html" with icon)="([a-z-]+)"', text)
    }

    assert named
    assert named <= drawn
