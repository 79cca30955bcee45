"""What the load scripts share: where databases are, the running system, and how requests and statements are timed."""

import base64, json, os, re, shutil, signal, sqlite3, statistics, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "target/release"
SECONDS = int(os.environ.get("SECONDS_EACH", "5"))
ENGINE = sys.argv[1]
PORT = 28080
URL = f"http://127.0.0.1:{PORT}"


def say(text=""):
    print(text, flush=True)


def call(path, token=None, body=None, media="application/json", basic=None, method=None):
    request = urllib.request.Request(URL + path, body, method=method)
    if body is not None:
        request.add_header("Content-Type", media)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    if basic:
        request.add_header("Authorization", "Basic " + base64.b64encode(basic.encode()).decode())
    with urllib.request.urlopen(request) as answer:
        return json.load(answer), answer.headers


class Place:
    """Where the databases are: a folder, or a cluster of PostgreSQL. A folder that is named stays, to be measured again."""

    def __init__(self, kept=None):
        self.is_kept = kept is not None
        self.work = Path(kept or tempfile.mkdtemp(prefix="load-"))
        self.work.mkdir(parents=True, exist_ok=True)
        os.chmod(self.work, 0o711)
        self.data = self.work / "data"
        self.database = None
        if ENGINE == "postgres":
            environment = dict(os.environ, POSTGRES_DURABLE="1")
            started = subprocess.run([ROOT / ".ci/postgres", "start", self.work / "postgres"], env=environment, capture_output=True, text=True, check=True)
            self.database = started.stdout.split()[-1]
            self.psql_bin = Path(sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1])

    def close(self):
        for system in System.running:
            system.kill()
        if self.database:
            subprocess.run([ROOT / ".ci/postgres", "stop", self.work / "postgres"], capture_output=True)
        if not self.is_kept:
            shutil.rmtree(self.work, ignore_errors=True)

    def sql(self, service, statement):
        """Runs a statement, and returns its rows and the seconds it took."""
        if ENGINE == "sqlite":
            connection = sqlite3.connect(self.data / f"{service}.sqlite3", isolation_level=None)
            begun = time.perf_counter()
            rows = connection.execute(statement).fetchall()
            took = time.perf_counter() - begun
            connection.close()
            return rows, took
        script = f"SET search_path = {service.replace('-', '_')};\n\\timing on\n{statement};\n"
        done = subprocess.run([self.psql_bin / "psql", "-qAt", "-v", "ON_ERROR_STOP=1", self.database], input=script, capture_output=True, text=True, check=True)
        lines = done.stdout.strip().splitlines()
        took = next(float(line.split()[1]) / 1000 for line in reversed(lines) if line.startswith("Time:"))
        return [line.split("|") for line in lines if not line.startswith("Time:")], took


class System:
    """The whole system, as its release program."""

    running = []

    def __init__(self, place):
        command = [RELEASE / "standalone", "--data-dir", place.data, "--bind", f"127.0.0.1:{PORT}", "--ops-bind", f"127.0.0.1:{PORT + 3}", "--rate-limit", "0"]
        if place.database:
            command += ["--database-url", place.database]
        self.log = open(place.work / "log", "a+")
        begun = time.perf_counter()
        mark = self.log.tell()
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=dict(os.environ, RUST_LOG="error"))
        System.running.append(self.process)
        while True:
            self.log.seek(mark)
            if "Ctrl-C" in self.log.read():
                break
            if self.process.poll() is not None:
                raise SystemExit((place.work / "log").read_text())
            time.sleep(0.002)
        self.started_in = time.perf_counter() - begun
        self.clients = json.loads((place.data / "demo.json").read_text())["clients"]

    def token(self, role):
        client = next(one for one in self.clients if one["role"] == role)
        form = b"grant_type=client_credentials"
        answer, _ = call("/v1/oauth/token", body=form, media="application/x-www-form-urlencoded", basic=f"{client['client_id']}:{client['client_secret']}")
        return answer["access_token"]

    def memory(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) // 1024

    def watch_memory(self):
        """Notes the peak of anonymous memory from now on: what is mapped from files is not counted."""
        self.anonymous = 0

        def watch():
            while self.process.poll() is None:
                try:
                    status = Path(f"/proc/{self.process.pid}/status").read_text()
                    self.anonymous = max(self.anonymous, int(re.search(r"RssAnon:\s+(\d+)", status).group(1)) // 1024)
                except (OSError, AttributeError):
                    return
                time.sleep(0.05)

        threading.Thread(target=watch, daemon=True).start()

    def processor_seconds(self):
        """What the program has used of the processors until now, and the database server with all its processes."""
        ticks = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                is_ours = folder.name == str(self.process.pid) or ENGINE == "postgres" and (folder / "comm").read_text().startswith("postgres")
                if is_ours:
                    fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                    ticks += int(fields[11]) + int(fields[12])
            except OSError:
                continue
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


def wrk(url, connections, token, script=None, environment=None):
    """Requests a second, median and 99th percentile in milliseconds."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "--timeout", "10s", "-H", f"Authorization: Bearer {token}"]
    if script:
        command += ["-s", script]
    said = subprocess.run(command + [url], capture_output=True, text=True, env=dict(os.environ, **(environment or {}))).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{url} failed under load: {said}")
    millis = lambda text: float(re.match(r"[\d.]+", text).group()) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[re.search(r"[a-z]+$", text).group()]
    quantile = lambda name: millis(re.search(rf"^\s+{name}%\s+(\S+)$", said, re.MULTILINE).group(1))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1)), quantile(50), quantile(99)


def measured(name, run):
    cells = []
    for connections in (1, 8, 64):
        rate, median, tail = run(connections)
        cells.append(f"{rate:,.0f} ({median:.2f} / {tail:.1f})")
    say(f"| {name} | " + " | ".join(cells) + " |")


def pgbench(place, name, script):
    file = place.work / "script.sql"
    file.write_text(script)
    cells = []
    for connections in (1, 8, 64):
        log = place.work / "latency"
        command = [place.psql_bin / "pgbench", "-n", "-M", "prepared", "-c", str(connections), "-j", "1", "-T", str(SECONDS), "-f", file, "--log", "--log-prefix", log, "--sampling-rate", "0.2", place.database]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        took = sorted(int(line.split()[2]) / 1000 for part in place.work.glob("latency.*") for line in part.read_text().splitlines())
        for part in place.work.glob("latency.*"):
            part.unlink()
        rate = float(re.search(r"tps = ([\d.]+)", said).group(1))
        cells.append(f"{rate:,.0f} ({statistics.median(took):.2f} / {took[int(len(took) * 0.99)]:.1f})")
    say(f"| {name} | " + " | ".join(cells) + " |")


def loop(arguments):
    """How often a read is answered in a second by the library itself, in one process."""
    file, statements, parameters = arguments
    connection = sqlite3.connect(file, isolation_level=None)
    count, until = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        for _ in range(100):
            for statement in statements:
                connection.execute(statement, parameters).fetchall()
        count += 100
    return count / SECONDS


def library(name, file, statements, parameters=()):
    cells = []
    for processes in (1, 2):
        with ProcessPoolExecutor(processes) as pool:
            rate = sum(pool.map(loop, [(file, statements, parameters)] * processes))
        cells.append(f"{rate:,.0f}")
    say(f"| {name}, in 1 and in 2 processes | {cells[0]} | {cells[1]} | |")


COLUMNS = "id, tax_code, tax_code_sealed, tax_code_index, name, name_key, legal_form, sector, is_foreign_invested, area_id, address, registered_on, workers, workers_as_of, status, version, created_at, updated_at, name_sealed, name_index, address_sealed"


def timed(path, token, count=40):
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        answer, _ = call(path, token)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), answer


def rebuild(system):
    """Follows both journals anew and exchanges the facts. Returns how many entries a second."""
    administrator = system.token("administrator")
    begun = time.perf_counter()
    _, headers = call("/v1/projection-rebuilds", administrator, b"{}")
    while True:
        operation, _ = call(headers["Location"], administrator)
        if operation["state"] != "running":
            break
        time.sleep(0.1)
    took = time.perf_counter() - begun
    if operation["state"] != "done":
        raise SystemExit(f"the rebuild: {operation}")
    return operation["done"] / took


def beside_bare_route(place, body, run):
    """Runs what measures a route that looks at the token and answers with a body, and does nothing else."""
    file = place.work / "body.json"
    file.write_text(json.dumps(body))
    process = subprocess.Popen([RELEASE / "examples/bare_route", f"127.0.0.1:{PORT + 1}", URL, file])
    time.sleep(1)
    try:
        return run(f"http://127.0.0.1:{PORT + 1}/x")
    finally:
        process.kill()
