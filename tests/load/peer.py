"""A well-known peer that serves the same read: FastAPI over the same database, with the same look at the token.

Environment: ENGINE (sqlite or postgres), DATABASE (a file or a URL), ISSUER.
"""

import json
import os
import sqlite3
import urllib.request
import uuid

import jwt
from fastapi import FastAPI, Header, HTTPException

ENGINE, DATABASE, ISSUER = (os.environ[name] for name in ("ENGINE", "DATABASE", "ISSUER"))
SQL = (
    "SELECT id, name, tax_code, legal_form, sector, area_id, address, registered_on, workers, status, version"
    " FROM economic_units WHERE id = "
)
keys = {
    key["kid"]: jwt.PyJWK(key)
    for key in json.load(urllib.request.urlopen(ISSUER + "/.well-known/jwks.json"))["keys"]
}
app = FastAPI()
pool = None


def caller(authorization: str) -> dict:
    token = authorization.removeprefix("Bearer ")
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=["ES256"], audience="reporting", issuer=ISSUER)


def answer(row) -> dict:
    if row is None:
        raise HTTPException(404)
    names = ["id", "name", "tax_code", "legal_form", "sector", "area", "address", "registered_on", "workers", "status"]
    body = dict(zip(names, row))
    body["id"] = str(body["id"]) if ENGINE == "postgres" else str(uuid.UUID(bytes=body["id"]))
    return body


if ENGINE == "sqlite":
    connection = sqlite3.connect(DATABASE, check_same_thread=False)

    @app.get("/v1/economic-units/{id}")
    async def find(id: uuid.UUID, authorization: str = Header()):
        caller(authorization)
        return answer(connection.execute(SQL + "?", (id.bytes,)).fetchone())

else:
    from psycopg_pool import AsyncConnectionPool

    @app.on_event("startup")
    async def open_pool():
        global pool
        pool = AsyncConnectionPool(DATABASE, min_size=4, max_size=8, open=False)
        await pool.open()

    @app.get("/v1/economic-units/{id}")
    async def find(id: uuid.UUID, authorization: str = Header()):
        caller(authorization)
        async with pool.connection() as connection:
            cursor = await connection.execute(SQL.replace("economic_units", "enterprise_registry.economic_units") + "%s", (id,))
            return answer(await cursor.fetchone())
