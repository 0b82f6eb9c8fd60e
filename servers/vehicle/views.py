"""The views of the car's state that its app shows."""

from __future__ import annotations

from servers.vehicle.motion import drive_now, kilometres_left, location, minutes_left, percent, place_of, range_km
from servers.vehicle.records import CabinView, DriveView, MediaKind, MediaView, Tyre, TyreRow, Vehicle
from servers.vehicle.rules import body_of, not_closed

LOW_BY = 0.3
LEAST_TREAD = 2.0


def drive_view(car: Vehicle) -> DriveView:
    drive = drive_now(car)
    here, goal = place_of(car, drive.place_id), place_of(car, drive.destination_id)
    return DriveView(
        ignition=drive.ignition,
        gear=drive.gear,
        speed_kmh=drive.speed_kmh,
        battery_percent=percent(car, drive.charge_kwh),
        range_km=int(range_km(drive)),
        charging=drive.charging,
        charge_limit_percent=drive.limit_percent,
        odometer_km=round(drive.odometer_km, 1),
        location=location(car, drive),
        charger_kw=here.kw if here else 0,
        destination=goal.name if goal else "",
        kilometres_left=round(kilometres_left(car, drive), 1),
        minutes_left=minutes_left(car, drive),
        locked=body_of(car).locked,
        not_closed=not_closed(car),
    )


def cabin_view(car: Vehicle) -> CabinView:
    body = body_of(car)
    return CabinView(body.driver, [row.name for row in car.profiles], list(car.zones), body.beam, body.playing)


def media_view(car: Vehicle) -> MediaView:
    def titles(kind: MediaKind) -> list[str]:
        return [row.name for row in car.media.where(kind=kind)]

    return MediaView(body_of(car).playing, titles("radio"), titles("album"), titles("podcast"), titles("video"))


def tyre_rows(car: Vehicle) -> list[TyreRow]:
    return [_tyre_row(tyre) for tyre in car.tyres]


def _tyre_row(row: Tyre) -> TyreRow:
    low = row.bar < row.recommended_bar - LOW_BY
    verdict = "worn" if row.tread_mm < LEAST_TREAD else "low pressure" if low else "fine"
    return TyreRow(row.tyre, row.bar, row.recommended_bar, row.tread_mm, verdict)
