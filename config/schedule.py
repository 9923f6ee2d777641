"""What happens by itself, and how often.

Every entry is a tick: it claims what is due in the database and does no harm when it runs twice or late.
`expires` keeps a worker that was away from finding a heap of old ticks.
"""

from datetime import timedelta
from typing import Any


def entries(*, sweep_period: timedelta) -> dict[str, dict[str, Any]]:
    """The beat schedule."""
    return {
        # Without it no device is ever checked again: a dead camera stays "Normal" for ever.
        "check devices": _every(sweep_period / 10, "health.tasks.sweep"),
        # Without it the picture of a camera's view stays after its verification or its consent ended by the clock.
        "forget views": _every(timedelta(minutes=5), "health.tasks.forget_views"),
        # Without it a camera that was just connected is never checked, one that was withdrawn is checked for ever,
        # and a signed-in check whose worker died is never owed again.
        "follow the register": _every(sweep_period / 2, "health.tasks.follow_register"),
        # Without it the days that are over are read from all their intervals, of which none is ever deleted.
        "pack days": _every(timedelta(hours=1), "health.tasks.pack_days", queue="work"),
        # Without it nobody is told of a camera that is down or back, and an outage never ends.
        "tell of falls": _every(timedelta(seconds=30), "health.tasks.tell_of_falls"),
        # Without it what was once told of a fall is kept for ever.
        "forget falls": _every(timedelta(days=1), "health.tasks.forget_falls"),
        # Without it a probe whose message or worker was lost stays "sedang diperiksa" on the owner's page.
        "rescue probes": _every(timedelta(seconds=15), "onboarding.tasks.rescue_probes"),
        # Without it a change of settings whose message or worker was lost never ends, and the account that the
        # owner typed for it stays in the database, sealed.
        "rescue settings": _every(timedelta(seconds=15), "onboarding.settings.tasks.rescue_settings_works"),
        # Without it no letter leaves: owners read of a look or a broken camera only when they sign in.
        "send letters": _every(timedelta(seconds=30), "notices.tasks.send_due_letters"),
        # Without it Buku Tamu shows looks that go on for ever. (Access itself ends by the clock, not by this.)
        "end overdue looks": _every(timedelta(seconds=30), "access.tasks.end_overdue_looks"),
        # Without it the trail never says that a grant's time is over, and no grantor hears of it beforehand.
        "note ends of grants": _every(timedelta(seconds=60), "access.tasks.note_grant_ends"),
        # Without it saved stills outlive the date that their owner reads in Buku Tamu.
        "delete saved stills": _every(timedelta(minutes=5), "feeds.tasks.delete_due_stills"),
        # Without it a case opened on a number that never followed is nobody's business but its opener's.
        "tell of missing numbers": _every(timedelta(minutes=5), "access.tasks.tell_of_missing_numbers"),
        # Without it a question to the supervisor is forgotten, and no owner hears of a look that was kept back.
        "tell of questions and deferrals": _every(
            timedelta(minutes=5), "conduct.tasks.tell_of_questions_and_deferrals"
        ),
        # Without it no look of the past month is ever judged but those that a supervisor picks himself.
        "draw samples": _every(timedelta(hours=1), "conduct.tasks.draw_samples"),
        # Without it an emergency look is told to the supervisors and then judged by nobody.
        "open emergency cards": _every(timedelta(seconds=30), "conduct.tasks.open_emergency_cards"),
        # Without it a look that nobody judges in its time is forgotten, also where nobody may judge it.
        "remind of overdue cards": _every(timedelta(hours=1), "conduct.tasks.remind_of_overdue_cards"),
        # Without it an explanation that a supervisor asked for may be left unanswered for ever.
        "suspend unexplained": _every(timedelta(minutes=5), "conduct.tasks.suspend_unexplained"),
        # Without it the trail never says that a duty's time is over, and an open page waits for its own recheck.
        "end lapsed duties": _every(timedelta(seconds=60), "accounts.tasks.end_lapsed_duties"),
        # Without it the cameras of an owner who did not renew stay on the register, though nobody may know of them.
        "lapse consents": _every(timedelta(seconds=60), "registry.tasks.lapse_consents"),
        # Without it passwords, addresses and pictures outlive the consent they rest on: the law gives 3×24 hours.
        "do what is owed after consents": _every(timedelta(seconds=30), "registry.tasks.do_what_is_owed"),
        # Without it what people asked to have erased stays: the law gives 3×24 hours.
        "erase what is owed": _every(timedelta(seconds=30), "privacy.tasks.erase_what_is_owed"),
        # Without it owners never read of a breach, and nobody hears of a request that is over its time.
        "tell what is due": _every(timedelta(seconds=60), "privacy.tasks.tell_what_is_due"),
        # Without it letters go on naming a maintainer whose successor was named for today.
        "hand over maintainers": _every(timedelta(minutes=5), "registry.tasks.hand_over_maintainers"),
        # Without it a consent ends without its owner having been asked, and he learns nothing of changed words.
        "ask owners": _every(timedelta(minutes=5), "registry.tasks.ask_owners"),
        # Without it the head of the audit trail is nowhere but in the database: who writes there can cut it.
        "anchor the audit trail": _every(timedelta(seconds=60), "audit.tasks.anchor_trail"),
        # Without it the public numbers stay those of an earlier month, and the line of the year has a hole.
        "count for the public": _every(timedelta(minutes=5), "transparency.tasks.count_what_is_due"),
        # Without it every address that ever asked for a code stays in the table of people.
        "drop unused accounts": _every(timedelta(days=1), "accounts.tasks.drop_unused_accounts"),
    }


def _every(period: timedelta, task: str, **options: str) -> dict[str, Any]:
    seconds = period.total_seconds()
    return {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 5.0), **options}}
