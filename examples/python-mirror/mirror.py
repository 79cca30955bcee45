"""Keeps a copy of the economic units and organisations that a portal may read.

The copy is a folder of JSON files. The program reads the lists once. Then it waits at the journals until something happens, and
asks for what changed. Nothing but Python's standard library is needed.

    python3 mirror.py http://127.0.0.1:8080 data/demo.json COPY            follows until it is stopped
    python3 mirror.py http://127.0.0.1:8080 data/demo.json COPY --once     stops as soon as the copy is up to date
"""

import argparse
import base64
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

# Each list, and the service whose journal tells that something happened to its records.
LISTS = {"/v1/economic-units": "enterprise-registry", "/v1/organisations": "membership"}


class Api:
    """Asks the API: renews its token, and asks again after a while when that may help."""

    def __init__(self, base_url, client):
        self.base_url, self.client = base_url, client
        self.token, self.token_ends = None, 0

    def bearer(self):
        if time.monotonic() > self.token_ends:
            proof = base64.b64encode(f"{self.client['client_id']}:{self.client['client_secret']}".encode()).decode()
            form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
            request = urllib.request.Request(self.base_url + "/v1/oauth/token", form, {"Authorization": "Basic " + proof})
            with urllib.request.urlopen(request, timeout=30) as answer:
                told = json.load(answer)
            # A minute early, so that no request meets the end of its token.
            self.token, self.token_ends = told["access_token"], time.monotonic() + told["expires_in"] - 60
        return "Bearer " + self.token

    def get(self, path, etag=None, **query):
        """Returns status, body and ETag. A 304 has no body: what the caller has is still right."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        for attempt in range(8):
            try:
                headers = {"Authorization": self.bearer(), "Accept": "application/json", "Accept-Language": "en"}
                if etag:
                    headers["If-None-Match"] = etag
                # A journal answers after 20 seconds at the latest.
                with urllib.request.urlopen(urllib.request.Request(self.base_url + path, None, headers), timeout=40) as answer:
                    return answer.status, json.load(answer), answer.headers["ETag"]
            except urllib.error.HTTPError as error:
                if error.code == 304:
                    return 304, None, etag
                if error.code == 401:
                    self.token_ends = 0
                elif error.code in (429, 503):
                    time.sleep(int(error.headers["Retry-After"] or 2**attempt))
                else:
                    return error.code, json.load(error), None
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                # The network is away. Asking changes nothing, so it is asked again.
                time.sleep(min(2**attempt, 30))
        raise SystemExit(f"{path}: no answer after eight attempts")


class Copy:
    """The copy on disk: a file for each record, and one for the marks, the places in the journals and the ETags."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.state_file = self.folder / "state.json"
        self.state = {"marks": {}, "cursors": {}, "etags": {}}
        if self.state_file.exists():
            self.state = json.loads(self.state_file.read_text())

    def records(self, listed):
        return self.folder / listed.removeprefix("/v1/")

    def put(self, listed, record):
        write(self.records(listed) / f"{record['id']}.json", record)

    def drop(self, listed, record_id):
        (self.records(listed) / f"{record_id}.json").unlink(missing_ok=True)

    def ids(self, listed):
        return {file.stem for file in self.records(listed).glob("*.json")}

    def keep(self, what, name, value):
        self.state[what][name] = value
        write(self.state_file, self.state)


def write(file, value):
    """Writes a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(value, ensure_ascii=False, indent=1))
    os.replace(part, file)


def pages(api, listed, **query):
    """Reads a list page by page, and yields each page."""
    while True:
        status, page, _ = api.get(listed, limit=200, **query)
        if status != 200:
            raise Refused(listed, page)
        yield page
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


class Refused(Exception):
    """An answer that asking again does not change."""

    def __init__(self, path, problem):
        super().__init__(f"{path}: {problem['code']}: {problem['detail']}")
        self.code = problem["code"]


def make(api, copy, listed):
    """Reads a whole list. What changes meanwhile comes with the first update, since the mark is of the walk's beginning."""
    here = set()
    for page in pages(api, listed):
        for record in page["items"]:
            copy.put(listed, record)
            here.add(record["id"])
    for record_id in copy.ids(listed) - here:
        copy.drop(listed, record_id)
    copy.keep("marks", listed, page["mark"])
    print(f"{listed}: copied {len(here)}", flush=True)


def update(api, copy, listed):
    """Takes over what changed since the mark. The mark is kept last, so that a broken update is done again."""
    try:
        for page in pages(api, listed, updated_after=copy.state["marks"][listed]):
            for record in page["items"]:
                copy.put(listed, record)
                print(f"{listed}: changed {record['id']}", flush=True)
            for record_id in page["gone"]:
                copy.drop(listed, record_id)
                print(f"{listed}: gone {record_id}", flush=True)
        copy.keep("marks", listed, page["mark"])
    except Refused as refused:
        # The portal's areas or the map changed, or the service was restored from a backup.
        if refused.code not in ("mark_expired", "bad_mark"):
            raise
        make(api, copy, listed)


def wait(api, copy, service, seconds):
    """Waits until the journal tells of something new. What it is does not matter here: an entry has no name and no address."""
    while True:
        cursor = copy.state["cursors"].get(service)
        query = {"cursor": cursor, "wait": seconds} if cursor else {}
        status, page, _ = api.get(f"/v1/journal/{service}", limit=500, **query)
        if status == 409:
            # The service was restored from a backup: its journal is another one.
            copy.keep("cursors", service, None)
            continue
        if status != 200:
            raise Refused(service, page)
        copy.keep("cursors", service, page["next"])
        if not page["has_more"]:
            return


def take_reference_data(api, copy, service):
    """Areas, kinds and rules change seldom: their ETag saves the transfer."""
    path = f"/v1/reference-data/{service}"
    status, data, etag = api.get(path, copy.state["etags"].get(path))
    if status == 200:
        write(copy.folder / "reference-data" / f"{service}.json", data)
        copy.keep("etags", path, etag)
    elif status != 304:
        raise Refused(path, data)
    print(f"{path}: {'taken' if status == 200 else 'unchanged'}", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("base_url", "credentials", "copy"):
        arguments.add_argument(name)
    arguments.add_argument("--once", action="store_true")
    asked = arguments.parse_args()
    clients = json.loads(pathlib.Path(asked.credentials).read_text())["clients"]
    api = Api(asked.base_url.rstrip("/"), next(one for one in clients if one["role"] == "portal"))
    copy = Copy(asked.copy)
    for service in LISTS.values():
        take_reference_data(api, copy, service)
    while True:
        for listed, service in LISTS.items():
            # One journal is waited for after the other; a program for real use waits for each in a thread of its own.
            wait(api, copy, service, 0 if asked.once else 10)
            (update if listed in copy.state["marks"] else make)(api, copy, listed)
        if asked.once:
            break
    counts = ", ".join(f"{len(copy.ids(listed))} {listed.removeprefix('/v1/')}" for listed in LISTS)
    print(f"the copy holds {counts}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except Refused as refused:
        sys.exit(str(refused))
