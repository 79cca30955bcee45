// Signs a person in with a provider that others wrote (oidc-provider), in a browser: invited, again, signed out there, and while it is down.
//   node provider.mjs BASE DEMO_JSON PORT    (the demonstration's address, its demo.json, the provider's port)
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";
import { chromium } from "playwright-core";

const [base, demoFile, port] = process.argv.slice(2);
const demo = JSON.parse(readFileSync(demoFile, "utf8"));
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "hung-yen",
      client_secret: "a secret for a test",
      redirect_uris: [`${base}/account/provider/callback`],
      backchannel_logout_uri: `${base}/account/provider/logout`,
      backchannel_logout_session_required: true,
    },
  ],
  features: { backchannelLogout: { enabled: true } },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  cookies: { keys: ["for a test"] },
  // The library calls no address inside the network, where the demonstration is.
  fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(url, options),
});
const server = provider.listen(Number(port), "127.0.0.1");
const warnings = [];
provider.on("server_error", (_, error) => warnings.push(error.stack));
provider.on("backchannel.error", (_, error) => warnings.push(error.stack));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function post(path, body, headers) {
  const answer = await fetch(base + path, { method: "POST", headers, body });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.json();
}

try {
  const administrator = demo.clients.find((one) => one.role === "administrator");
  const basic = Buffer.from(`${administrator.client_id}:${administrator.client_secret}`).toString("base64");
  const { access_token: token } = await post("/v1/oauth/token", new URLSearchParams({ grant_type: "client_credentials" }), { authorization: `Basic ${basic}` });
  const json = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const login = `tinh.${Date.now()}`;
  const invited = await post("/v1/users", JSON.stringify({ login, name: "Người Của Tỉnh Giả Định", area: administrator.area }), json);
  await post("/v1/user-grants", JSON.stringify({ user_id: invited.user.id, role: "viewer", area: administrator.area }), json);

  const context = await browser.newContext({ locale: "en-GB" });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on("console", (message) => assert.doesNotMatch(message.text(), /Content Security Policy/, message.text()));
  const stranger = await browser.newContext({ locale: "en-GB" });
  stranger.setDefaultTimeout(15_000);

  const atProvider = async (page, person) => {
    await page.waitForSelector("input[name=login]");
    await page.fill("input[name=login]", person);
    await page.fill("input[name=password]", "anything");
    await page.click("button[type=submit]");
    await page.waitForSelector("text=/authorize|continue/i");
    await page.click("button[type=submit]");
  };
  const other = await stranger.newPage();
  await other.goto(`${base}/account`);
  await other.click("button");
  await atProvider(other, "somebody");
  await other.waitForSelector("text=not invited");

  await page.goto(invited.link);
  await page.click("button");
  await atProvider(page, `0011${Date.now()}`);
  await page.waitForSelector(`text=${login}`);
  await page.click("form[action='/account/sign-out'] button");
  // The provider knows the browser still, and asks nothing.
  await page.click("button");
  await page.waitForSelector(`text=${login}`);

  await page.goto(`${issuer}/session/end`);
  await page.click("button[value=yes]");
  await page.waitForLoadState();
  for (let tries = 0; ; tries += 1) {
    await page.goto(`${base}/account`);
    if (page.url().startsWith(`${base}/account/sign-in`)) break;
    assert.ok(tries < 20, "signing out at the provider ends the session here");
    await new Promise((resolve) => setTimeout(resolve, 250));
  }

  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  // Its addresses are known here for an hour: the browser itself finds nobody there, and is told so by no page of ours.
  await assert.rejects(Promise.all([page.waitForNavigation(), page.click("button")]), /ERR_CONNECTION_REFUSED/);
  assert.deepEqual(warnings, []);
  console.log("oidc-provider: stranger, invitation, signing in again, signing out there, provider down");
} finally {
  await browser.close();
  server.close();
}
