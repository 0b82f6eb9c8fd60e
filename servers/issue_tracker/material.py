"""Raw material for trackers: products with their components and parts, faults, wishes, chores and remarks."""

from __future__ import annotations

from typing import NamedTuple


class Product(NamedTuple):
    key: str
    name: str
    components: tuple[str, ...]
    parts: tuple[str, ...]


def _product(key: str, name: str, components: str, parts: str) -> Product:
    return Product(key, name, tuple(components.split(", ")), tuple(parts.split(", ")))


PRODUCTS = [
    _product(
        "ORBIT", "Orbit Billing", "Invoices, Payments, Tax, Dunning, Ledger",
        "invoice PDF, card retry, tax rounding, dunning email, ledger export, refund flow, price list, usage meter"),
    _product(
        "ATLAS", "Atlas Search", "Indexer, Ranking, Query Parser, Suggestions, Crawler",
        "search index, spelling suggestion, result ranking, crawl queue, synonym list, facet filter, query cache"),
    _product(
        "HARBOR", "Harbor Login", "Sessions, Passwords, Single Sign-On, Roles, Audit",
        "password reset, session timeout, role editor, passkey prompt, login throttle, token refresh, invite link"),
    _product(
        "PIXEL", "Pixel Editor", "Canvas, Layers, Export, Brushes, Plugins",
        "layer panel, brush preview, colour picker, PNG export, crop handle, undo stack, plugin store, zoom slider"),
    _product(
        "RELAY", "Relay Messaging", "Inbox, Push, Threads, Attachments, Search",
        "push notification, read receipt, thread view, attachment preview, mute setting, emoji menu, unread counter"),
    _product(
        "TUNDRA", "Tundra Storage", "Uploads, Replication, Quotas, Snapshots, Sharing",
        "chunked upload, share link, quota meter, snapshot job, replica lag, trash folder, bucket policy"),
    _product(
        "COMET", "Comet Mobile", "Home Screen, Offline Mode, Widgets, Sync, Payments",
        "home widget, offline queue, sync indicator, deep link, biometric unlock, splash screen, map tile"),
    _product(
        "LUMEN", "Lumen Analytics", "Dashboards, Funnels, Events, Exports, Alerts",
        "funnel chart, event stream, dashboard filter, CSV export, cohort table, retention curve, time range picker"),
    _product(
        "FORGE", "Forge Build", "Runners, Cache, Pipelines, Artifacts, Secrets",
        "build cache, runner pool, pipeline graph, artifact store, secret mask, log viewer, retry button, test report"),
    _product(
        "QUILL", "Quill Docs", "Editor, Comments, Templates, History, Publishing",
        "comment thread, version history, table editor, template gallery, spell checker, page tree, print view"),
    _product(
        "NIMBUS", "Nimbus Deploy", "Rollouts, Health Checks, Regions, Billing, Console",
        "canary rollout, health check, region picker, rollback button, DNS record, certificate renewal, cost report"),
    _product(
        "BEACON", "Beacon Alerts", "Rules, On-Call, Escalation, Channels, Reports",
        "alert rule, on-call rota, escalation chain, phone bridge, alert digest, silence window, incident timeline"),
]  # fmt: skip
SHARED_PARTS = ("settings page", "audit log", "onboarding guide", "admin API", "help page", "welcome email")

FAULTS = """times out,crashes,loses data,shows stale values,ignores the time zone,fails silently,flickers,is duplicated,
stays empty,never finishes,shows the wrong count,cannot be scrolled""".replace("\n", "").split(",")
WHEN = """on slow networks,after a restart,for large accounts,in Safari,when two people edit at once,at midnight,
after the upgrade,with more than 100 rows,on old phones,in dark mode,for new users,behind a proxy""".replace(
    "\n", ""
).split(",")
USERS = ["admins", "guests", "team leads", "auditors", "new users", "support agents", "partners"]
WISHES = ["export", "filter", "share", "preview", "schedule", "pin", "rename", "compare", "archive", "translate"]
CHORES = """Upgrade,Document,Clean up,Add metrics to,Write tests for,Split,Simplify,Migrate,Add tracing to,
Remove dead code from,Speed up""".replace("\n", "").split(",")
QUESTIONS = """Investigate slow,Compare ways to cache,Prototype a new,Find out why users leave,Measure the cost of,
Evaluate a library for""".replace("\n", "").split(",")
LABELS = """frontend,backend,regression,customer,security,performance,accessibility,flaky,tech debt,quick win,
needs design,documentation""".replace("\n", "").split(",")
ROLES = [
    "Backend Engineer",
    "Frontend Engineer",
    "QA Engineer",
    "Designer",
    "Product Manager",
    "Site Reliability Engineer",
]

REMARKS = """I can reproduce this on staging.|Not reproducible for me, which version was it?|Fixed on my branch.
The customer asked again today.|Logs are attached to the incident.|Could we split this in two?|I paired on this with QA.
Waiting for the design.|This needs a migration first.|Looks good to me.|The tests are green now.|Moved to next week.
Happens only with the new parser.|Let us timebox this to a day.|Reviewed, two small comments left.|Deployed to staging.
Root cause is a race in the queue.|Same as what we saw in spring.|Blocked by the vendor, I wrote to them.|Rolled back.
I will pick this up tomorrow.|Acceptance criteria are unclear to me.|Docs are updated as well.|Nice find!""".replace(
    "\n", "|"
).split("|")
WORK = """debugging,first draft,code review,pairing,writing tests,rollout,refactoring,talking to the customer,cleanup,
analysis,fixing review comments,documentation""".replace("\n", "").split(",")
NEW_COMMENTS = """I can take a look on Monday|this also happens in production|please add a screenshot|ready for review
the fix is deployed to staging|let's talk about this in the next planning|we need numbers before we decide
support has three more reports of this|I would rather do the simple version first|the acceptance test passes now
I cannot reproduce it any more|this depends on the new schema""".replace("\n", "|").split("|")
