"""Raw material for profiles and posts: what people are into, and how they write about it."""

from __future__ import annotations

from typing import NamedTuple


class Topic(NamedTuple):
    """What somebody is ("Potter"), the hashtags they use and the things they write about."""

    role: str
    hashtags: list[str]
    things: list[str]


def _topic(role: str, hashtags: str, things: str) -> Topic:
    return Topic(role, hashtags.split(), [thing.strip() for thing in things.split(",")])


TOPICS = [
    _topic("Potter", "pottery ceramics wheelthrown clay",
           "wheel-thrown mugs, the new kiln, ash glaze, raku firing, porcelain bowls, a cracked teapot"),
    _topic("Baker", "sourdough baking homemade rye",
           "a rye starter, croissant lamination, oven spring, cardamom buns, a 30-hour ferment, pretzel dough"),
    _topic("Street photographer", "streetphotography 35mm filmisnotdead nightshots",
           "night photography, expired film, a second-hand Leica, harbour fog, contact sheets, the blue hour"),
    _topic("Trail runner", "trailrunning ultra mudrun morningrun",
           "hill repeats, the coastal ultra, new trail shoes, a bonk at kilometre 30, night running, taper week"),
    _topic("Gardener", "gardening balconygarden compost tomatoes",
           "heirloom tomatoes, balcony herbs, the compost heap, slug season, a fig cutting, winter kale"),
    _topic("Chess player", "chess endgame openings blitz",
           "rook endings, the Caro-Kann, blitz tilt, a stalemate trick, the club championship, time trouble"),
    _topic("Astronomer", "astronomy stargazing nightsky perseids",
           "the Perseids, a 10-inch Dobsonian, light pollution, the rings of Saturn, the lunar eclipse, airglow"),
    _topic("Jazz bassist", "jazz doublebass livemusic jamsession",
           "walking bass lines, a late jam session, a broken A string, brushes on the snare, odd meters, gut strings"),
    _topic("Cyclist", "cycling gravel bikepacking commute",
           "the gravel route, tubeless tyres, a headwind commute, dynamo lights, the Sunday climb, a snapped chain"),
    _topic("Birdwatcher", "birding birdsong kingfisher migration",
           "a kingfisher, the spring migration, owl pellets, the dawn chorus, reed warblers, a rare waxwing"),
    _topic("Data engineer", "dataengineering opensource sql debugging",
           "a flaky pipeline, window functions, an on-call night, legacy cron jobs, columnar files, a silent null"),
    _topic("Climber", "climbing bouldering slab chalkup",
           "the slab problem, finger strength, a heel hook, multi-pitch season, worn climbing shoes, the crux move"),
    _topic("Film buff", "cinema festivalseason slowcinema shortfilm",
           "the late Kurosawa, a four-hour cut, festival queues, subtitled comedies, a lost silent film, long takes"),
    _topic("Knitter", "knitting fairisle wool sockknitting",
           "Fair Isle yokes, a dropped stitch, sock heels, hand-dyed wool, the moth disaster, cable patterns"),
    _topic("Home cook", "homecooking weeknightdinner dumplings fermentation",
           "soup dumplings, kimchi batch four, a cast-iron pan, preserved lemons, the perfect dal, chilli crisp"),
    _topic("Sailor", "sailing regatta knots offshore",
           "the autumn regatta, a torn spinnaker, splicing rope, the night watch, antifouling, a force 7 forecast"),
]  # fmt: skip

OPENINGS = [
    "Spent the whole weekend on {thing} and regret nothing.",
    "Hot take: nobody gives {thing} enough love.",
    "Does anyone have good advice about {thing}?",
    "Third attempt at {thing}. Getting there, slowly.",
    "Nobody told me that {thing} would be this much fun.",
    "Small update on {thing}: it went better than expected.",
    "Wrote down everything I learned about {thing} this year.",
    "Today's lesson in patience: {thing}.",
    "Still thinking about {thing} and what I would do differently.",
    "If you are free on Saturday, come and talk about {thing}.",
    "My neighbour asked about {thing} and now we are friends.",
    "Ten years ago I knew nothing about {thing}.",
    "Unpopular opinion: you should enjoy {thing} with others.",
    "The internet lied to me about {thing}.",
    "Let me tell you a short story about {thing}.",
    "Looking for somebody to teach me more about {thing}.",
    "I promised myself to stop talking about {thing}. I failed.",
    "A rainy evening, strong tea and {thing}.",
]
REPLIES = [
    "Love this, @{handle}!", "Where was that?", "This made my day.", "Same here, it took me {number} tries.",
    "I disagree, but nicely put.", "Teach me, @{handle}.", "Saving this for later.", "You make it look easy.",
    "Needed to read that today.", "More of this, please.", "I had the very same thing {number} weeks ago.",
    "Count me in next time, @{handle}.", "Beautiful.", "How long did it take you?", "Now I want to try it too.",
    "My sister swears by this.",
]  # fmt: skip
BIOS = [
    "{Role} in {city}. Opinions are mine.", "{Role} from {city}, also a slow reader.", "{city}. {Role} by heart.",
    "Mostly {role}, sometimes offline. {city}.", "{Role} and parent of two in {city}.", "{Role} since 2009, {city}.",
    "Amateur {role} living in {city}.", "{city} based {role}. Ask me anything.",
]  # fmt: skip


def things_in(text: str) -> list[str]:
    """What a text is about, of the things people write about."""
    return [thing for topic in TOPICS for thing in topic.things if thing in text]
