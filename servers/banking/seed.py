"""One customer's bank from a seed: accounts that add up, two years of habits, payees that are easy to confuse."""

from __future__ import annotations

import random
from datetime import date, timedelta

from servers.banking.records import Account, Card, Category, Customer, Payee, Payment, Transaction
from servers.names import first_new_ids, ids, people
from servers.state import Base

SAVINGS_NAMES = ["Rainy Day", "House Deposit", "Summer Trip", "New Car", "Wedding", "Emergency", "Piano", "Roof Repair"]
MERCHANTS: dict[Category, list[tuple[str, float, float]]] = {
    "groceries": [
        ("Greenleaf Market", 8, 120),
        ("Corner Dairy", 3, 30),
        ("Fresca Foods", 12, 95),
        ("Halal Butcher Noor", 9, 60),
    ],
    "dining": [
        ("Trattoria Nonna", 18, 90),
        ("Saffron House", 15, 70),
        ("Blue Door Cafe", 3, 16),
        ("Noodle Lane", 9, 35),
    ],
    "transport": [("Nordbahn", 4, 88), ("City Cabs", 7, 45), ("Velo Share", 1, 12), ("Shellpoint Fuel", 25, 95)],
    "utilities": [
        ("Voltara Energy", 40, 160),
        ("Aqualine Water", 18, 55),
        ("Fibrenet", 29, 49),
        ("Lumo Mobile", 12, 35),
    ],
    "shopping": [
        ("Kessler Books", 8, 60),
        ("Nordic Home", 15, 380),
        ("Threadbare Clothing", 20, 150),
        ("Pixel Electronics", 25, 900),
    ],
    "health": [("Linden Pharmacy", 4, 60), ("Dr Abebe Dental", 40, 260), ("Pulse Gym", 25, 45)],
    "leisure": [("Cinema Lux", 9, 34), ("Streamly", 8, 18), ("Harbour Museum", 6, 28), ("Riverside Climbing", 12, 40)],
}
CATEGORY_WEIGHTS = {
    "groceries": 30,
    "dining": 22,
    "transport": 16,
    "utilities": 6,
    "shopping": 12,
    "health": 5,
    "leisure": 9,
}
HISTORY = 420
PAYEES = 42
SCHEDULED = 12


def generate(seed: int) -> Base:
    """The bank of this seed: one customer, 4–6 accounts, 42 payees, 12 planned payments, about 450 transactions."""
    rng = random.Random(f"banking:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    accounts = _accounts(rng)
    payees = _payees(rng)
    return Base(
        seed,
        now=f"{today.isoformat()}T{rng.randrange(8, 20):02d}:{rng.randrange(60):02d}",
        counters=first_new_ids(rng, "PAY", "SCH", "TRX"),
        customers=[Customer(ids(rng, "CUS", 1)[0], people(rng, 1)[0], pin_of(seed))],
        accounts=accounts,
        payees=payees,
        payments=_payments(rng, accounts, payees, today),
        transactions=_transactions(rng, accounts, today),
        cards=_cards(rng, accounts),
        tokens=[],
    )


def pin_of(seed: int) -> str:
    """What only the customer knows."""
    return f"{random.Random(f'banking-pin:{seed}').randrange(10_000):04d}"


def _accounts(rng: random.Random) -> list[Account]:
    numbers = iter(ids(rng, "ACC", 6))
    accounts = [
        Account(next(numbers), "Everyday", "checking", "EUR", _money(rng, 350, 6_000), 500.0),
        Account(next(numbers), "Household", "checking", "EUR", _money(rng, 150, 3_000), 0.0),
    ]
    for name in rng.sample(SAVINGS_NAMES, rng.choice([1, 2, 2])):
        accounts.append(Account(next(numbers), name, "savings", "EUR", _money(rng, 800, 28_000), 0.0))
    accounts.append(Account(next(numbers), "Gold Credit", "credit", "EUR", -_money(rng, 0, 900), 2_500.0))
    if rng.random() < 0.4:
        accounts.append(Account(next(numbers), "Dollar Travel", "checking", "USD", _money(rng, 50, 1_500), 0.0))
    return accounts


def _payees(rng: random.Random) -> list[Payee]:
    names = people(rng, PAYEES - 8) + rng.sample([name for rows in MERCHANTS.values() for name, *_ in rows], 8)
    return [Payee(number, name, _iban(rng)) for number, name in zip(ids(rng, "PAY", PAYEES), names, strict=True)]


def _payments(rng: random.Random, accounts: list[Account], payees: list[Payee], today: date) -> list[Payment]:
    paying = [account for account in accounts if account.kind == "checking" and account.currency == "EUR"]
    rows = []
    for number, payee in zip(ids(rng, "SCH", SCHEDULED), rng.sample(payees, SCHEDULED), strict=True):
        due = today + timedelta(days=rng.randrange(1, 75))
        every = rng.choices(["once", "weekly", "monthly"], [5, 1, 6])[0]
        amount = _money(rng, 8, 950)
        rows.append(
            Payment(number, rng.choice(paying).account_id, payee.payee_id, payee.name, amount, due.isoformat(), every)
        )
    return rows


def _transactions(rng: random.Random, accounts: list[Account], today: date) -> list[Transaction]:
    spending = [account for account in accounts if account.kind != "savings"]
    numbers = iter(ids(rng, "TRX", HISTORY + 24))
    rows = [
        Transaction(
            next(numbers),
            accounts[0].account_id,
            "Salary",
            _money(rng, 1_900, 4_200),
            "income",
            _day(today, 30 * month + 2),
        )
        for month in range(24)
    ]
    for _ in range(HISTORY):
        category = rng.choices(list(CATEGORY_WEIGHTS), list(CATEGORY_WEIGHTS.values()))[0]
        merchant, low, high = rng.choice(MERCHANTS[category])
        amount = -round(low + (high - low) * rng.random() ** 2.2, 2)
        account = rng.choices(spending, [6, 3, 2, 1][: len(spending)])[0]
        rows.append(
            Transaction(
                next(numbers),
                account.account_id,
                merchant,
                amount,
                category,
                _day(today, int(rng.expovariate(1 / 120))),
            )
        )
    return rows


def _cards(rng: random.Random, accounts: list[Account]) -> list[Card]:
    labels = [(account, label) for account in accounts for label in _labels(account)]
    rows = []
    for number, (account, label) in zip(ids(rng, "CRD", len(labels)), labels, strict=True):
        status = rng.choices(["active", "frozen", "expired"], [6, 3, 1])[0]
        limit = float(rng.choice([500, 800, 1200, 2000]))
        rows.append(Card(number, account.account_id, label, f"{rng.randrange(10_000):04d}", status, limit))
    return rows


def _labels(account: Account) -> list[str]:
    """The cards of an account; savings have none."""
    if account.kind == "savings":
        return []
    return ["Gold Card"] if account.kind == "credit" else [f"{account.name} Debit", f"{account.name} Virtual"]


def _money(rng: random.Random, low: float, high: float) -> float:
    """Skewed to the low end, as amounts are."""
    return round(low + (high - low) * rng.random() ** 1.8, 2)


def _day(today: date, days_ago: int) -> str:
    return (today - timedelta(days=days_ago)).isoformat()


def _iban(rng: random.Random) -> str:
    country, digits = rng.choice([("DE", 18), ("NL", 14), ("PT", 21), ("NO", 11), ("BE", 12)])
    body = "".join(rng.choice("0123456789") for _ in range(digits))
    check = 98 - int(body + "".join(str(int(mark, 36)) for mark in country) + "00") % 97
    return f"{country}{check:02d}{body}"
