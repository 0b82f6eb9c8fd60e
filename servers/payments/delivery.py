"""Telling the merchant's own systems what happened: one event for each webhook that asked for its kind."""

from __future__ import annotations

from servers.payments.records import EventKind, Payments, Webhook, WebhookEvent
from servers.payments.rules import endpoint_status

DELIVERED, UNAVAILABLE = 200, 503


def announce(app: Payments, kind: EventKind, about: str) -> None:
    """Sends a new event to every enabled webhook that listens to its kind; whether it arrives is noted."""
    for webhook in app.webhooks:
        if webhook.enabled and kind in webhook.kinds:
            event_id = app.new_id("WEV")
            app.webhook_events.add(
                WebhookEvent(event_id, webhook.webhook_id, kind, about, 1, _response(app, webhook), app.now)
            )


def send_again(app: Payments, event: WebhookEvent, webhook: Webhook) -> WebhookEvent:
    return app.webhook_events.update(event, attempts=event.attempts + 1, response_code=_response(app, webhook))


def _response(app: Payments, webhook: Webhook) -> int:
    return DELIVERED if endpoint_status(app, webhook) == "up" else UNAVAILABLE
