"""Raw material for files: what a team works on, and the words its reports, notes, tables and code are made of."""

from __future__ import annotations

PROJECTS = {
    "atlas": "the new customer portal", "heron": "the river survey", "juniper": "the school garden programme",
    "lighthouse": "the harbour museum guide", "meridian": "the delivery planner", "copper": "the factory sensors",
    "tidepool": "the coastal photo archive", "larch": "the timber pavilion", "saffron": "the spring recipe series",
    "quarry": "the stone catalogue", "beacon": "the volunteer hotline", "orchard": "the apple harvest forecast",
    "pelican": "the food bank warehouse", "granite": "the trail maps", "willow": "the reading room renovation",
    "ember": "the heating study", "falcon": "the courier app", "mosaic": "the neighbourhood festival",
    "cobalt": "the glaze laboratory", "thistle": "the wildflower census", "harvest": "the market stall roster",
    "northwind": "the wind park review", "lantern": "the night bus timetable", "basalt": "the foundation repair",
}  # fmt: skip
TEAMS = {
    "Finance": ["Budgets", "Invoices"], "Marketing": ["Campaigns", "Press"], "Operations": ["Suppliers", "Schedules"],
    "Legal": ["Contracts", "Policies"], "Design": ["Brand", "Mockups"], "People": ["Hiring", "Onboarding"],
    "Support": ["Cases", "Guides"], "Research": ["Surveys", "Papers"],
}  # fmt: skip
SUBJECTS = """quarterly,supplier,safety,energy,visitor,website,delivery,stock,training,budget,customer,travel,hiring,
packaging,insurance,newsletter,maintenance,privacy,membership,equipment,sales,recycling,parking,translation""".replace(
    "\n", ""
).split(",")
THINGS = """the new shelf,the spare key,the printed catalogue,the rented van,the booking form,the entrance sign,
the water meter,the second invoice,the mailing list,the fire door,the sample box,the translation,the price list,
the projector,the parking permit,the cold store,the photo release,the signed contract,the loading bay,the backup drive,
the opening hours page,the test batch,the annual audit,the guest badge,the heat pump,the floor plan,the donor letter,
the label printer,the tool cabinet,the seating chart,the coffee machine,the roof inspection""".replace("\n", "").split(
    ","
)
STATES = """is two weeks late,arrived in good order,costs more than planned,needs a second signature,
is ready for review,was sent back,has been paid,is waiting for approval,passed the check,will be replaced in spring,
is still missing,works again since Tuesday,was praised by visitors,has to be measured again,is booked until June,
was moved to room 12,is half as expensive elsewhere,should be insured,is out of stock,was agreed by phone""".replace(
    "\n", ""
).split(",")
VERBS = """check,order,send,print,compare,cancel,repair,measure,translate,label,photograph,sign,return,collect,confirm,
update""".replace("\n", "").split(",")
MEASURES = """Revenue,Footfall,Energy use,Overtime,Returns,Donations,Open requests,Delivery time,Paper use,Sign-ups,
Waste,Travel cost,Page views,Sick days,Stock value,Response time""".replace("\n", "").split(",")
ITEMS = """paper,toner,catering,train tickets,hotel,stamps,cables,paint,timber,flowers,lamps,gloves,licences,batteries,
cleaning,insurance,postage,cement,seeds,bandages,notebooks,chairs,keys,labels,boxes,coffee,screws,film,glass,
rope""".replace("\n", "").split(",")
PLACES = ["Lisbon", "Bergen", "Ghent", "Turin", "Galway", "Kyoto", "Porto", "Tallinn", "Marrakesh", "Oaxaca", "Zagreb"]
ALBUMS = ["Harbour Festival", "Grandma 80", "Winter Hike", "New Flat", "Garden", "School Play", "Cousins", "Boat Trip"]
HABITS = """Slept badly and walked to the lake before work.,Finished the second chapter and liked it.,
The bread turned out well this time.,Long call with my sister about the move.,Rain all day so I sorted old letters.,
Bought a used bicycle pump from a neighbour.,Practised the slow movement for an hour.,Planted garlic along the fence.,
Missed the tram and met an old classmate.,Repaired the kitchen drawer at last.,Tried the new swimming pool.,
Wrote three postcards and forgot the stamps.""".replace("\n", "").split(",")
DISHES = ["Lentil soup", "Rye bread", "Plum cake", "Fish stew", "Walnut pesto", "Potato dumplings", "Bean chilli",
          "Lemon tart", "Mushroom pie", "Flatbread"]  # fmt: skip
FOODS = ["flour", "lentils", "butter", "lemons", "walnuts", "plums", "potatoes", "onions", "yeast", "cumin", "parsley",
         "cream", "beans", "mushrooms", "honey", "olive oil"]  # fmt: skip
THINGS_TO_PACK = """passport,rain jacket,charger,sunscreen,walking shoes,sketchbook,torch,first aid kit,swimwear,
water bottle,earplugs,tickets,hat,adapter,thermos,sleeping bag,map,sunglasses""".replace("\n", "").split(",")
PAPERS = ["insurance_policy", "rental_contract", "dentist_bill", "phone_contract", "gym_membership", "car_registration",
          "tax_letter", "warranty_washing_machine", "library_card", "language_certificate", "vaccination_record",
          "bank_letter", "job_reference", "water_bill", "heating_bill", "pension_letter"]  # fmt: skip
TABLES = {
    "budget": "item,planned,actual,owner", "inventory": "item,count,place", "expenses": "date,item,amount,paid_by",
    "contacts": "name,phone,city", "readings": "time,station,value", "timesheet": "date,person,hours,task",
    "invoices": "number,customer,amount,due", "attendance": "date,person,minutes",
}  # fmt: skip
NOUNS = "order,visitor,sensor,ticket,photo,route,member,sample,invoice,parcel,station,survey".split(",")
PYTHON = [
    "def load_{noun}s(path):\n    with open(path) as file:\n        return list(csv.DictReader(file))",
    "def total_of(rows, column):\n    return round(sum(float(row[column]) for row in rows), {few})",
    "def newest(rows, count={n}):\n    return sorted(rows, key=lambda row: row['date'], reverse=True)[:count]",
    "def is_late({noun}, today):\n    # {thing} {state}\n    return {noun}['due'] < today",
    "def group_by_city({noun}s):\n    groups = {{}}\n    for row in {noun}s:\n"
    "        groups.setdefault(row['city'], []).append(row)\n    return groups",
    "class {Noun}Store:\n    limit = {n}\n\n    def __init__(self):\n        self.rows = []\n\n"
    "    def add(self, row):\n        if len(self.rows) >= self.limit:\n            raise ValueError('store is full')\n"
    "        self.rows.append(row)",
    "def write_summary(rows, path):\n    # TODO: ask {person} about {thing}\n    with open(path, 'w') as file:\n"
    "        file.write(f'{{len(rows)}} {noun}s\\n')",
    "def mean(values):\n    return sum(values) / len(values) if values else 0.0",
]
SHELL = [
    "tar czf backup_{noun}s_$(date +%F).tgz data/", "rsync -av --delete ./{noun}s/ nas:/{noun}s/",
    "python src/{noun}s.py --limit {n}", "gzip -9 logs/{noun}.log", "curl -s https://intranet.example/{noun}s | head",
    "for name in *.csv; do echo $name; done", "chmod 640 data/{noun}s.csv", "mkdir -p out/{n}",
]  # fmt: skip
SETTINGS = ["retries", "timeout_seconds", "batch_size", "max_rows", "port", "keep_days", "poll_minutes", "workers",
            "page_size", "cache_mb"]  # fmt: skip
SERVICES = ["sync", "mailer", "backup", "indexer", "scanner", "printer", "gateway", "importer"]
EVENTS = ["started", "stopped", "finished in {n} s", "could not reach host {few}", "retried {few} times",
          "wrote {n} rows", "skipped {noun} {n}", "disk at {few} %", "renewed certificate",
          "refused login from 10.0.{few}.{n}"]  # fmt: skip
LEVELS = ["INFO", "INFO", "INFO", "WARNING", "ERROR"]
TAGS = ["urgent", "to-review", "reference", "draft", "personal", "signed", "waiting"]
RARE_TAGS = ["tax-return", "board-meeting", "for-auditor", "move-out", "birthday", "grant", "press-kit", "warranty",
             "interview", "insurance-claim", "handover", "renewal", "translation", "keep-forever"]  # fmt: skip
VERSION_NOTES = ["before the review", "as sent to the board", "first complete version", "before shortening",
                 "agreed with the supplier", "after the call", "numbers of last year", "with all comments"]  # fmt: skip
