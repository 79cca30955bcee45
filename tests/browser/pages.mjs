// Signs people in as apps do, in a browser, with libraries that others wrote, and judges every page by axe-core.
//   node pages.mjs BASE DEMO_JSON SCREENSHOTS    (the demonstration's address, its demo.json, a folder)
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import * as oauth from "openid-client";
import { chromium } from "playwright-core";

const [base, demoFile, screenshots] = process.argv.slice(2);
const demo = JSON.parse(readFileSync(demoFile, "utf8"));
const user = (role) => demo.users.find((one) => one.role === role);
mkdirSync(screenshots, { recursive: true });

/** The code that an authenticator app shows (RFC 6238). */
function totp(secret, at = Date.now()) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

// A code can be used once: the same person waits for the next one.
const usedSteps = new Map();
async function freshCode(login, secret) {
  while (usedSteps.get(login) === Math.floor(Date.now() / 30_000)) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  usedSteps.set(login, Math.floor(Date.now() / 30_000));
  return totp(secret);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** A browser of its own, without scripts: no page of ours needs one. Whatever the policies of a page refuse is a fault. */
async function newBrowser(options) {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "vi-VN", ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.options = options;
  page.on("console", (message) => assert.doesNotMatch(message.text(), /Content Security Policy/, message.text()));
  return page;
}

const shown = [];
/** Keeps a picture of the page, and judges it by axe-core (WCAG 2.2, levels A and AA), which needs scripts: in a copy of it. */
async function judge(page, name) {
  shown.push(name);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${name} is wider than its window`);
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  const html = await page.content();
  const context = await browser.newContext(page.options);
  const copy = await context.newPage();
  await copy.route(page.url(), (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
  await copy.goto(page.url());
  const found = await new AxeBuilder({ page: copy }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  const faults = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  await context.close();
  assert.deepEqual(faults, [], name);
}

async function giveLogin(page, { login, password }) {
  await page.fill("#login", login);
  await page.fill("#password", password);
  await page.keyboard.press("Enter");
}

async function giveCode(page, { login, totp_secret: secret }) {
  await page.waitForSelector("#code");
  await page.fill("#code", await freshCode(login, secret));
  await page.keyboard.press("Enter");
}

/** An app on a desk: the browser comes back to a port on the loopback. */
async function listen() {
  const path = new URL(demo.app.redirect_uri).pathname;
  let arrived;
  const callback = new Promise((resolve) => (arrived = resolve));
  const server = createServer((request, response) => {
    if (request.url.startsWith(path)) arrived(request.url);
    response.end("back in the app");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { redirect: origin + path, back: callback.then((path) => new URL(path, origin)), close: () => server.close() };
}

async function signInToApp(page, address, who, name) {
  await page.goto(address);
  if (name) await judge(page, `${name}-sign-in`);
  await giveLogin(page, who);
  await page.waitForSelector("#code");
  if (name) await judge(page, `${name}-second-factor`);
  await giveCode(page, who);
  await page.waitForSelector("button[value=agree]");
  if (name) await judge(page, `${name}-consent`);
  await page.click("button[value=agree]");
}

/** openid-client: discovery, code with PKCE, id token, user info, refresh, an answer that was lost, revocation. */
async function throughOpenidClient() {
  const config = await oauth.discovery(new URL(base), demo.app.client_id, undefined, oauth.None(), { execute: [oauth.allowInsecureRequests] });
  const [verifier, state, nonce] = [oauth.randomPKCECodeVerifier(), oauth.randomState(), oauth.randomNonce()];
  const app = await listen();
  const address = oauth.buildAuthorizationUrl(config, {
    redirect_uri: app.redirect,
    scope: "openid identity membership reporting",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    max_age: "900",
  });
  const officer = user("officer");
  const page = await newBrowser({ viewport: { width: 360, height: 740 } });
  await signInToApp(page, address.href, officer, "phone");
  const back = await app.back;
  const tokens = await oauth.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, maxAge: 900, idTokenExpected: true });
  const claims = tokens.claims();
  assert.equal(claims.sub, `user:${officer.user_id}`);
  assert.deepEqual(claims.amr, ["pwd", "otp", "mfa"]);
  const info = await oauth.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(info.name, officer.name);
  const me = await oauth.fetchProtectedResource(config, tokens.access_token, new URL(`${base}/v1/me`), "GET");
  assert.equal((await me.json()).name, officer.name);

  const next = await oauth.refreshTokenGrant(config, tokens.refresh_token);
  const again = await oauth.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(next.refresh_token, again.refresh_token, "a lost answer gives the same refresh token again");
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  await oauth.tokenRevocation(config, next.refresh_token);
  await assert.rejects(oauth.refreshTokenGrant(config, next.refresh_token), { error: "invalid_grant" });

  // The code again: the library is told that the grant is none.
  await assert.rejects(oauth.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }), { error: "invalid_grant" });
  app.close();
  await page.context().close();
  console.log("openid-client: discovery, code, id token, user info, refresh, lost answer, revocation");
}

/** A program with openid-client and with Authlib: Basic credentials, as each of them writes them. */
async function throughPrograms() {
  const { client_id: id, client_secret: secret } = demo.clients.find((one) => one.role === "viewer");
  const config = await oauth.discovery(new URL(base), id, undefined, oauth.ClientSecretBasic(secret), { execute: [oauth.allowInsecureRequests] });
  const tokens = await oauth.clientCredentialsGrant(config, { scope: "identity" });
  const me = await oauth.fetchProtectedResource(config, tokens.access_token, new URL(`${base}/v1/me`), "GET");
  assert.equal((await me.json()).subject, `client:${id}`);
  const said = execFileSync("python3", [join(import.meta.dirname, "authlib_app.py"), base, id, "none", "program", secret], { encoding: "utf8" });
  assert.equal(JSON.parse(said).subject, `client:${id}`);
  console.log("programs: Basic credentials of openid-client and of Authlib");
}

/** Authlib, in Python: it makes the address, and takes what the browser comes back with. */
async function throughAuthlib() {
  const app = await listen();
  const run = (...words) => execFileSync("python3", [join(import.meta.dirname, "authlib_app.py"), base, demo.app.client_id, app.redirect, ...words], { encoding: "utf8" });
  const begun = JSON.parse(run("begin"));
  const page = await newBrowser({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
  await signInToApp(page, begun.address, user("leader"), "desk");
  const done = JSON.parse(run("end", begun.state, begun.verifier, (await app.back).href));
  assert.equal(done.name, user("leader").name);
  app.close();
  await page.context().close();
  console.log("Authlib: code with PKCE, id token verified by the published keys, refresh, revocation");
}

/** An administrator invites somebody, who sets a password and a second factor, and looks around. */
async function throughInvitation() {
  const config = await oauth.discovery(new URL(base), demo.app.client_id, undefined, oauth.None(), { execute: [oauth.allowInsecureRequests] });
  const verifier = oauth.randomPKCECodeVerifier();
  const app = await listen();
  const address = oauth.buildAuthorizationUrl(config, { redirect_uri: app.redirect, code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" });
  const administrator = user("administrator");
  const desk = await newBrowser({ viewport: { width: 1280, height: 800 } });
  await signInToApp(desk, address.href, administrator);
  const tokens = await oauth.authorizationCodeGrant(config, await app.back, { pkceCodeVerifier: verifier });
  const call = async (path, body) => {
    const answer = await fetch(base + path, {
      method: "POST",
      headers: { authorization: `Bearer ${tokens.access_token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 201, await answer.clone().text());
    return answer.json();
  };
  const login = `moi.${Date.now()}`;
  const invited = await call("/v1/users", { login, name: "Cán Bộ Mới Giả Định", area: administrator.area });
  const grant = await call("/v1/user-grants", { user_id: invited.user.id, role: "administrator", area: administrator.area });
  // A second administrator confirms a role that gives roles: here it is a program.
  const second = demo.clients.find((one) => one.role === "administrator");
  const basic = Buffer.from(`${second.client_id}:${second.client_secret}`).toString("base64");
  const proof = await fetch(`${base}/v1/oauth/token`, { method: "POST", headers: { authorization: `Basic ${basic}` }, body: new URLSearchParams({ grant_type: "client_credentials" }) });
  const confirmed = await fetch(`${base}/v1/user-grants/${grant.id}/confirmations`, {
    method: "POST",
    headers: { authorization: `Bearer ${(await proof.json()).access_token}`, "if-match": grant.etag },
  });
  assert.equal(confirmed.status, 200, await confirmed.text());

  const page = await newBrowser({ viewport: { width: 360, height: 740 }, colorScheme: "dark" });
  await page.goto(invited.link);
  await judge(page, "invitation");
  const password = "mưa rơi trên mái ngói 1987";
  await page.fill("#password", "matkhaumatkhau1");
  await page.fill("#repeated", "matkhaumatkhau1");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[role=alert]");
  await judge(page, "invitation-refused");
  await page.fill("#password", password);
  await page.fill("#repeated", password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("code.key");
  await judge(page, "enrolment");
  const secret = await page.textContent("code.key");
  const person = { login, password, totp_secret: secret };
  await giveCode(page, person);
  await page.waitForSelector("ul.codes");
  await judge(page, "recovery-codes");
  const recovery = await page.textContent("ul.codes li:first-child");
  await page.click("a.button");
  await page.waitForSelector("table");
  await judge(page, "account");
  await page.goto(`${base}/account/password`);
  await judge(page, "password");
  await page.goto(`${base}/account`);
  await page.click("form[action='/account/sign-out'] button");
  await page.waitForSelector("#login");
  await giveLogin(page, { login, password: "wrong password here" });
  await page.waitForSelector("[role=alert]");
  await judge(page, "sign-in-refused");
  await giveLogin(page, person);
  await page.waitForSelector("#code");
  await page.fill("#code", recovery.trim());
  await page.keyboard.press("Enter");
  await page.waitForSelector("table");
  await page.goto(invited.link);
  await judge(page, "invitation-gone");
  await page.goto(address.href.replace(demo.app.client_id, invited.user.id));
  await judge(page, "unknown-app");
  await page.context().close();
  await desk.context().close();
  app.close();
  console.log("invitation: password, second factor, recovery code, account, signing out");
}

/** A newcomer opens the reader of the API document, signs in, and tries a call in their own name. */
async function throughReader() {
  const viewer = user("viewer");
  const page = await newBrowser({ viewport: { width: 1280, height: 900 }, locale: "en-GB", javaScriptEnabled: true });
  await page.goto(`${base}/docs/`);
  await page.click(".auth-wrapper button.authorize");
  const flow = page.locator(".auth-container", { hasText: "authorizationCode" });
  const [pages] = await Promise.all([page.context().waitForEvent("page"), flow.locator("button.authorize").click()]);
  await giveLogin(pages, viewer);
  await pages.waitForSelector("button[value=agree]");
  await Promise.all([pages.waitForEvent("close"), pages.click("button[value=agree]")]);
  await flow.locator("button", { hasText: "Logout" }).waitFor();
  await page.screenshot({ path: join(screenshots, "reader-signed-in.png") });
  await page.click("button.btn-done");
  const operation = page.locator(".opblock", { has: page.locator('.opblock-summary-path[data-path="/v1/me"]') });
  await operation.locator(".opblock-summary-control").click();
  await operation.locator("button.try-out__btn").click();
  await operation.locator("button.execute").click();
  await operation.locator(".live-responses-table .microlight", { hasText: viewer.name }).first().waitFor();
  await page.screenshot({ path: join(screenshots, "reader-call.png") });
  await page.context().close();
  console.log("the reader of the API document: signed in by PKCE, a call in the person's name");
}

try {
  await throughReader();
  await throughOpenidClient();
  await throughAuthlib();
  await throughPrograms();
  await throughInvitation();
  console.log(`${shown.length} pages without a finding of axe-core: ${shown.join(", ")}`);
} finally {
  await browser.close();
}
