"""An app that signs people in with Authlib, in two halves: before the browser opens, and after it came back.

    authlib_app.py BASE CLIENT_ID REDIRECT begin
    authlib_app.py BASE CLIENT_ID REDIRECT end STATE VERIFIER ADDRESS

Or as a program with a secret:

    authlib_app.py BASE CLIENT_ID none program SECRET
"""

import json
import os
import sys

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # the demonstration speaks plain http on the loopback
base, client_id, redirect, half, *rest = sys.argv[1:]
metadata = requests.get(f"{base}/.well-known/oauth-authorization-server", timeout=10).json()
session = OAuth2Session(
    client_id, redirect_uri=redirect, scope="openid identity", code_challenge_method="S256", token_endpoint_auth_method="none"
)

if half == "begin":
    verifier = generate_token(64)
    address, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    print(json.dumps({"address": address, "state": state, "verifier": verifier}))
elif half == "program":
    program = OAuth2Session(client_id, rest[0], token_endpoint_auth_method="client_secret_basic")
    program.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    print(json.dumps({"subject": program.get(f"{base}/v1/me").json()["subject"]}))
else:
    state, verifier, came_back = rest
    token = session.fetch_token(
        metadata["token_endpoint"], authorization_response=came_back, state=state, code_verifier=verifier
    )
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": base}, aud={"essential": True, "value": client_id}, exp={"essential": True}
    ).validate(claims)
    me = session.get(f"{base}/v1/me").json()
    assert me["subject"] == claims["sub"], (me, claims)
    session.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    answer = session.revoke_token(metadata["revocation_endpoint"], token=session.token["refresh_token"])
    assert answer.status_code == 200, answer.text
    print(json.dumps({"name": me["name"]}))
