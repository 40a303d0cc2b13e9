// The OpenID provider of the demonstration: six personas, no password. Whoever sees its page can
// be any of them, and every page says so. Listens on loopback only.
//
//   node provider.mjs PORT ORIGIN        ORIGIN is where Interval's web door is seen

import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, origin] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const several = { acr: "urn:interval:demo:several-factors", amr: ["pwd", "otp", "mfa"] };
const one = { acr: "urn:interval:demo:password", amr: ["pwd"] };
const personas = {
  noa: { name: "Dr Noa Levi", roles: ["oncologist"], ...several },
  ben: { name: "Dr Ben Amar", roles: ["radiologist"], ...several },
  gil: { name: "Dr Gil Tal", roles: ["radiologist"], ...several },
  lea: { name: "Lea Stern", roles: ["clinician"], ...one },
  adi: { name: "Adi Peretz", roles: ["administrator"], ...several },
  uri: { name: "Uri Gold", roles: ["auditor"], ...several },
};

const page = (body) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Demo sign-in</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #14212b; background: #f4f6f8 }
  .notice { background: #8a4b00; color: #fff; padding: .6rem 1rem; text-align: center }
  main { max-width: 26rem; margin: 2rem auto; padding: 0 1rem }
  button { display: block; width: 100%; margin: .5rem 0; padding: .7rem 1rem; text-align: left;
           font: inherit; border: 1px solid #b8c4cc; border-radius: .4rem; background: #fff }
  button:hover, button:focus { border-color: #00639b }
  small { color: #4a5a66 }
</style>
<p class="notice" role="note" style="margin:0">Demonstration provider: anybody can be anybody here.
Never use it with real patients.</p><main>${body}</main></html>`;

const choice = (uid) => page(`<h1>Who are you?</h1><form method="post" action="/who/${uid}">
${Object.entries(personas).map(([login, { name, roles, acr }]) => `<button name="login"
 value="${login}">${name}<br><small>${roles.join(", ")}, ${acr === several.acr
   ? "several factors" : "password only"}</small></button>`).join("")}</form>`);

const account = (id) => personas[id] && {
  accountId: id,
  claims: async () => ({ sub: id, ...personas[id] }),
};

const provider = new Provider(issuer, {
  clients: [{
    client_id: "interval-web",
    token_endpoint_auth_method: "none",
    redirect_uris: [`${origin}/auth/callback`],
    post_logout_redirect_uris: [`${origin}/`],
    grant_types: ["authorization_code"],
    response_types: ["code"],
  }],
  acrValues: [several.acr, one.acr],
  claims: { openid: ["sub", "roles", "acr", "amr"], profile: ["name"] },
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (context, fields) => {
        context.body = page(`<h1>Sign out?</h1>${fields}
<button form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>`);
      },
      postLogoutSuccessSource: (context) => {
        context.body = page(`<h1>Signed out</h1>`);
      },
    },
  },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
  interactions: { url: (_, interaction) => `/who/${interaction.uid}` },
  findAccount: (_, id) => account(id),
  loadExistingGrant: async ({ oidc }) => {
    const known = oidc.session.grantIdFor(oidc.client.clientId);
    if (known) return oidc.provider.Grant.find(known);
    const { clientId } = oidc.client;
    const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
  cookies: { keys: [crypto.randomUUID()] },
  renderError: (context, { error, error_description: why }) => {
    context.type = "html";
    context.body = page(`<h1>Not signed in</h1><p>${error}: ${why ?? ""}</p>`);
  },
});

// A form of ours has one field; anything longer is not ours.
const FORM_BYTES_MAX = 4096;

async function form(request) {
  let text = "";
  for await (const piece of request) {
    text += piece;
    if (text.length > FORM_BYTES_MAX) throw new Error("the form is too long");
  }
  return new URLSearchParams(text);
}

async function answer(request, response) {
  const [, step, uid] = new URL(request.url, issuer).pathname.split("/");
  if (request.method === "GET" && step === "who") {
    await provider.interactionDetails(request, response);
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(choice(uid));
  } else if (request.method === "POST" && step === "who") {
    const login = (await form(request)).get("login");
    if (!account(login)) throw new Error("no such persona");
    const { acr, amr } = personas[login];
    const result = { login: { accountId: login, acr, amr } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  } else {
    await handle(request, response);
  }
}

const handle = provider.callback();
const server = createServer((request, response) => answer(request, response).catch((error) => {
  response.statusCode = 400;
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(page(`<h1>Not signed in</h1><p>${error.message}</p>`));
}));
server.listen(Number(port), "127.0.0.1", () => console.log(`the demo provider is ${issuer}`));
