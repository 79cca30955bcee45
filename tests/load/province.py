#!/usr/bin/env python3
"""Measures a system of a province's size, beside the best statement for the same question, in one run; prints Markdown.

    cargo build --release -p standalone -p tests --bin standalone --example fill --example bare_route
    tests/load/province.py sqlite
    tests/load/province.py postgres     (a durable throw-away cluster of its own)

PROVINCE=units,organisations,members is its size. It is measured at a hundredth, a tenth and the whole of it, so that each row
shows how its cost grows. KEEP=FOLDER keeps what was filled, and measures it again the next time: filling takes long.
Needs wrk; for PostgreSQL its server with pgbench. Everything runs on one machine: the load takes its share of it.
"""

import base64, json, os, re, shutil, sqlite3, statistics, subprocess, threading, time
from concurrent.futures import ThreadPoolExecutor

from measure import COLUMNS, ENGINE, PORT, RELEASE, ROOT, URL, Place, System, beside_bare_route, call, rebuild, say, timed, wrk

SIZE = [int(count) for count in os.environ.get("PROVINCE", "100000,120000,700000").split(",")]
KEEP = os.environ.get("KEEP")
# A district of 2022, one of its communes, and three communes of three districts.
DISTRICT, COMMUNE, SCATTERED = "325@origin", "11986@origin", ["11986@origin", "12019@origin", "12391@origin"]
LIST = "/v1/economic-units?limit=50"
UNIT = COLUMNS + ", status_on, search_text"


def filled(size):
    """A place with so many units, organisations and members, through the commands that handlers call."""
    place = Place(KEEP and f"{KEEP}/{ENGINE}-{size[0]}")
    done = place.work / "filled"
    if done.exists():
        return place
    # A filling that was cut off.
    shutil.rmtree(place.data, ignore_errors=True)
    System(place).stop()
    url = place.database or str(place.data)
    command = [RELEASE / "examples/fill", place.data, url, *map(str, size), "1", "--bind", f"127.0.0.1:{PORT}", "--ops-bind", f"127.0.0.1:{PORT + 3}"]
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    if ENGINE == "postgres":
        for service in ("identity", "enterprise-registry", "membership", "reporting", "steering"):
            place.sql(service, "ANALYZE")
    done.write_text(f"{time.perf_counter() - begun:.0f}")
    return place


class Table:
    """Rows by name, with a column for each size."""

    def __init__(self, title, columns):
        self.title, self.columns, self.rows = title, columns, {}

    def put(self, name, cells):
        self.rows.setdefault(name, []).append(cells)

    def print(self, sizes):
        heads = [f"{column}, {size:,}" for size in sizes for column in self.columns]
        say(f"\n| {self.title} | " + " | ".join(heads) + " |\n| --- |" + " --- |" * len(heads))
        for name, cells in self.rows.items():
            say(f"| {name} | " + " | ".join(cell for some in cells for cell in some) + " |")


def median(path, token):
    """The median of a request on one connection, in milliseconds."""
    return wrk(URL + path, 1, token)[1]


def client(system, areas):
    """The token of a new reader of some areas."""
    administrator = system.token("administrator")
    post = lambda path, body: call(path, administrator, json.dumps(body).encode())[0]
    made = post("/v1/clients", {"label": "Đo tải, giả định", "area": "33@2025-07-01"})
    for area in areas:
        post("/v1/grants", {"client_id": made["client"]["id"], "role": "viewer", "area": area})
    known = f"{made['client']['id']}:{made['client_secret']}"
    answer, _ = call("/v1/oauth/token", body=b"grant_type=client_credentials", media="application/x-www-form-urlencoded", basic=known)
    return answer["access_token"]


class Statements:
    """Statements in the library, or in one connection to the server."""

    def __init__(self, place):
        self.place = place
        if ENGINE == "sqlite":
            self.connection = sqlite3.connect(place.data / "enterprise-registry.sqlite3", isolation_level=None)

    def median(self, statement):
        """In milliseconds, prepared once."""
        if ENGINE == "sqlite":
            times = []
            for _ in range(30):
                begun = time.perf_counter()
                self.connection.execute(statement).fetchall()
                times.append((time.perf_counter() - begun) * 1000)
            return statistics.median(times)
        file = self.place.work / "script.sql"
        file.write_text(re.sub(r"FROM (economic_units|search_words)", r"FROM enterprise_registry.\1", statement) + ";\n")
        command = [self.place.psql_bin / "pgbench", "-n", "-M", "prepared", "-c", "1", "-t", "30", "-f", file, self.place.database]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return float(re.search(r"latency average = ([\d.]+)", said).group(1))


def route(place, body, token):
    """The median of the bare route, in milliseconds."""
    return beside_bare_route(place, body, lambda url: wrk(url, 1, token)[1])


def lists(place, system, table):
    """Lists and searches among the units: each beside the best statement for the same page, and the bare route."""
    reader, statements = system.token("viewer"), Statements(place)
    page, _ = call(LIST, reader)
    bare = route(place, page, reader)
    communes, _ = call(f"/v1/areas?parent={DISTRICT}&limit=200", reader)
    of_district = [one["id"] for one in communes["items"]]
    merged = lambda areas, condition="1 = 1", order="name_key, id": " UNION ALL ".join(
        f"SELECT * FROM (SELECT {UNIT} FROM economic_units WHERE area_id = '{area}' AND {condition} ORDER BY {order} LIMIT 51) s{n}" for n, area in enumerate(areas)
    ) + f" ORDER BY {order} LIMIT 51"
    everywhere = lambda condition="1 = 1", order="name_key, id": f"SELECT {UNIT} FROM economic_units WHERE {condition} ORDER BY {order} LIMIT 51"
    found = lambda word: f"SELECT {UNIT} FROM economic_units WHERE id IN (SELECT record_id FROM search_words WHERE area_id = '*' AND word >= '{word}' AND word < '{word}~' LIMIT 1000) ORDER BY name_key, id LIMIT 51"
    ((middle, last, count),) = place.sql("enterprise-registry", f"SELECT name_key, {'lower(hex(id))' if ENGINE == 'sqlite' else 'id'}, 0 FROM economic_units ORDER BY name_key, id LIMIT 1 OFFSET (SELECT count(*) * 9 / 10 FROM economic_units)")[0]
    id_text = str(last) if ENGINE == "postgres" else f"{last[:8]}-{last[8:12]}-{last[12:16]}-{last[16:20]}-{last[20:]}"
    # The cursor of the first page, with another place.
    cursor = json.loads(base64.urlsafe_b64decode(page["next"] + "=="))
    cursor = base64.urlsafe_b64encode(json.dumps(cursor | {"key": middle, "id": id_text}).encode()).decode().rstrip("=")
    blob = f"x'{last}'" if ENGINE == "sqlite" else f"'{last}'"
    ((code,),) = place.sql("enterprise-registry", "SELECT tax_code FROM economic_units WHERE tax_code LIKE '08%' ORDER BY name_key LIMIT 1")[0]
    district, commune, three = client(system, [DISTRICT]), client(system, [COMMUNE]), client(system, SCATTERED)
    rows = [
        ("all: first page", reader, LIST, everywhere()),
        ("all: after nine tenths", reader, f"{LIST}&cursor={cursor}", everywhere(f"(name_key, id) > ('{middle}', {blob})")),
        ("all: latest first", reader, f"{LIST}&sort=-updated_at", everywhere(order="updated_at DESC, id DESC")),
        ("all: a status", reader, f"{LIST}&status=suspended", everywhere("status = 'suspended'")),
        ("all: a status that nobody has", reader, f"{LIST}&status=in_bankruptcy", everywhere("status = 'in_bankruptcy'")),
        ("all: two statuses and a form", reader, f"{LIST}&status=active,suspended&legal_form=joint_stock_company", everywhere("status IN ('active', 'suspended') AND legal_form = 'joint_stock_company'")),
        ("all: counted to 10,000", reader, f"{LIST}&count=true", "SELECT count(*) FROM (SELECT 1 FROM economic_units LIMIT 10001) c"),
        ("all: a frequent word", reader, f"{LIST}&q=cong", everywhere("search_text LIKE '% cong%'")),
        ("all: a rare word", reader, f"{LIST}&q=77123", found("77123")),
        ("all: a word that nobody has", reader, f"{LIST}&q=xyzxyz", found("xyzxyz")),
        ("all: two words", reader, f"{LIST}&q=may+minh", everywhere("search_text LIKE '% may%' AND search_text LIKE '% minh%'")),
        ("all: a tax code", reader, f"{LIST}&q={code}", found(code)),
        ("a district: first page", district, LIST, merged(of_district)),
        ("a district: latest first", district, f"{LIST}&sort=-updated_at", merged(of_district, order="updated_at DESC, id DESC")),
        ("a district: a status", district, f"{LIST}&status=active", merged(of_district, "status = 'active'")),
        ("a district: two statuses and a form", district, f"{LIST}&status=active,suspended&legal_form=joint_stock_company", merged(of_district, "status IN ('active', 'suspended') AND legal_form = 'joint_stock_company'")),
        ("a district: a frequent word", district, f"{LIST}&q=may", merged(of_district, "search_text LIKE '% may%'")),
        ("three communes: first page", three, LIST, merged(SCATTERED)),
        ("three communes: a status", three, f"{LIST}&status=active", merged(SCATTERED, "status = 'active'")),
        ("a commune: first page", commune, LIST, merged([COMMUNE])),
        ("a commune: a status", commune, f"{LIST}&status=active", merged([COMMUNE], "status = 'active'")),
        ("a commune: a frequent word", commune, f"{LIST}&q=may", merged([COMMUNE], "search_text LIKE '% may%'")),
    ]
    for name, token, path, statement in rows:
        ours, theirs = median(path, token), statements.median(statement)
        table.put(name, [f"{ours:.2f}", f"{theirs:.2f}", f"{ours / (bare + theirs):.1f}"])
    return bare


def report(system, table):
    """The half-year, however many facts there are."""
    reader = system.token("viewer")
    rows = [
        ("2021-H1 by district", "/v1/figures?period=2021-H1&by=district"),
        ("2021-H1 by commune", "/v1/figures?period=2021-H1&by=commune"),
        ("2021-H1 by superior body", "/v1/figures?period=2021-H1&by=superior_body"),
        ("2021-H1 by commune, on the map of 2025", "/v1/figures?period=2021-H1&by=commune&map=2025-07-01"),
        ("2021-H1, one indicator", "/v1/figures?period=2021-H1&indicator=PM10"),
        ("2021-H1, units with an organisation", "/v1/figures?period=2021-H1&indicator=UN11"),
    ]
    for name, path in rows:
        table.put(name, [f"{median(path, reader):.0f}"])
    path = rows[0][1]
    with ThreadPoolExecutor(8) as pool:
        slowest = max(pool.map(lambda _: timed(path, reader, 3)[0], range(8)))
    table.put("by district, eight callers at once, the slowest", [f"{slowest:.0f}"])


def drill_down(system, table):
    """The entries behind figures: the first page, and the page after the first thousand."""
    reader = system.token("inspector")
    bodies, _ = call("/v1/figures?period=2021-H1&by=superior_body&indicator=PM01", reader)
    body = max(bodies["rows"], key=lambda row: row["values"][0]["value"] or 0)["key"]
    scopes = [("all", ""), ("a district", f"&area={DISTRICT}"), ("a commune", f"&area={COMMUNE}"), ("a superior body", f"&by=superior_body&row={body}")]
    for indicator, label in [("PM01", "Party members"), ("PM10", "admissions"), ("PM23", "resignations"), ("PO11", "organisations"), ("PO05", "upgrades, of which there are few"), ("UN01", "units"), ("UN11", "units with an organisation")]:
        for scope, asked in scopes:
            path = f"/v1/figures/{indicator}/entries?period=2021-H1{asked}"
            first, answer = timed(path, reader, 9)
            cursor = ""
            for _ in range(5):
                page, _ = call(f"{path}&limit=200{cursor}", reader)
                cursor = f"&cursor={page['next']}" if page["next"] else ""
                if not cursor:
                    break
            later = f"{timed(f'{path}{cursor}', reader, 9)[0]:.1f}" if cursor else ""
            table.put(f"{label}, {scope}", [f"{first:.1f}", later])


def admissions(system, table):
    """Persons are admitted to a union one after another: how long one takes, and what it uses of the processors, with what
    follows from it in other services."""
    officer = system.token("officer")
    unions, _ = call("/v1/organisations?kind=grassroots_union&status=active&limit=1", officer)
    environment = {"ORGANISATION": unions["items"][0]["id"], "FIRST": str(time.time_ns() // 1000 % 900_000_000_000)}
    before = system.processor_seconds()
    begun = time.perf_counter()
    rate, middle, _ = wrk(f"{URL}/v1/admissions", 1, officer, str(ROOT / "tests/load/admit.lua"), environment)
    count = rate * (time.perf_counter() - begun)
    # What follows it is waited for.
    time.sleep(2)
    used = system.processor_seconds() - before
    table.put("an admission, ms: median / of the processors", [f"{middle:.1f} / {used / count * 1000:.1f}"])


def backup_beside_writes(place, system, table):
    """A backup while units are registered, fifty a second: how long a write waits at most."""
    officer = system.token("officer")
    me, _ = call("/v1/me", officer)
    area = me["grants"][0]["area"]
    commune, _ = call(f"/v1/areas?parent={area}&limit=1", officer)
    while commune["items"] and commune["items"][0]["level"] != "commune":
        commune, _ = call(f"/v1/areas?parent={commune['items'][0]['id']}&limit=1", officer)
    area = commune["items"][0]["id"] if commune["items"] else area
    took, ended = [], threading.Event()

    def write():
        number = 0
        while not ended.is_set():
            body = {"name": f"Công ty Giả Định đo tải {time.time_ns()}", "legal_form": "joint_stock_company", "area": area, "registered_on": "2015-03-02"}
            begun = time.perf_counter()
            call("/v1/economic-units", officer, json.dumps(body).encode())
            took.append((time.perf_counter() - begun) * 1000)
            number += 1
            time.sleep(max(0, 0.02 - (time.perf_counter() - begun)))

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(2)
    quiet, folder = max(took), place.work / "backup"
    shutil.rmtree(folder, ignore_errors=True)
    took.clear()
    begun = time.perf_counter()
    subprocess.run([RELEASE / "standalone", "backup", folder, "--data-dir", place.data, *(["--database-url", place.database] if place.database else [])], check=True, stdout=subprocess.DEVNULL)
    lasted = time.perf_counter() - begun
    ended.set()
    writer.join()
    shutil.rmtree(folder, ignore_errors=True)
    table.put("backup, seconds", [f"{lasted:.1f}"])
    table.put("writes beside it: median / 99 of 100 / slowest, ms", [f"{statistics.median(took):.1f} / {sorted(took)[len(took) * 99 // 100]:.0f} / {max(took):.0f}"])
    table.put("the slowest write of two seconds without it, ms", [f"{quiet:.0f}"])


def verify(place, table):
    begun = time.perf_counter()
    said = subprocess.run([RELEASE / "standalone", "verify", "--data-dir", place.data, *(["--database-url", place.database] if place.database else [])], check=True, capture_output=True, text=True).stdout
    took = time.perf_counter() - begun
    entries = sum(int(count.replace(",", "")) for count in re.findall(r"([\d,]+) entries", said))
    table.put("verify, entries a second", [f"{entries / took:,.0f}"])


def main():
    sizes = [[max(1, count // share) for count in SIZE] for share in (100, 10, 1)]
    columns = ["ours", "statement", "ours / (route + statement)"]
    tables = [Table("units: one connection, median ms", columns), Table("figures, median ms", ["ms"]), Table("entries behind a figure, median ms", ["first", "after 1,000"]), Table("the whole", ["size"])]
    for size in sizes:
        place = filled(size)
        try:
            system = System(place)
            started = system.started_in
            system.stop()
            system = System(place)
            system.watch_memory()
            tables[3].put("filled in, seconds", [(place.work / "filled").read_text()])
            tables[3].put("start to the printed table, seconds", [f"{min(started, system.started_in):.2f}"])
            ((facts,),) = place.sql("reporting", "SELECT count(*) FROM facts")[0]
            tables[3].put("facts", [f"{int(facts):,}"])
            bare = lists(place, system, tables[0])
            tables[3].put("the bare route, ms", [f"{bare:.2f}"])
            report(system, tables[1])
            drill_down(system, tables[2])
            tables[3].put("anonymous memory until here, MiB", [str(system.anonymous)])
            admissions(system, tables[3])
            backup_beside_writes(place, system, tables[3])
            verify(place, tables[3])
            # Of the whole it takes many minutes on PostgreSQL.
            is_long = ENGINE == "postgres" and size == sizes[-1]
            tables[3].put("rebuild, entries a second", ["not measured" if is_long else f"{rebuild(system):,.0f}"])
            tables[3].put("anonymous memory with verify, backup and rebuild, MiB", [str(system.anonymous)])
            system.stop()
        finally:
            place.close()
    say(f"### {ENGINE}: units, organisations and members: " + "; ".join(" ".join(f"{count:,}" for count in size) for size in sizes))
    for table in tables:
        table.print([size[0] for size in sizes])


main()
