//! Signing in, and everything that is not signing in: the answers of a dishonest provider, of a
//! dishonest browser, and of other sites.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

mod web;

use axum::http::HeaderMap;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use web::browser::{Departure, LOGIN, SESSION, sign_in};
use web::call::{Answer, Call, ORIGIN};
use web::provider::{AUDIENCE, CLIENT, Key, seconds};
use web::ward::{Ward, pseudonym};

async fn me(ward: &Ward, cookie: &str) -> Answer {
    Call::get("/api/v1/me").cookie(SESSION, cookie).send(&ward.router).await
}

/// A token without a signature, as its attacker writes it.
fn unsigned(claims: &Value) -> String {
    use base64::Engine;
    let part =
        |json: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(json!({"alg": "none", "typ": "JWT"})), part(claims.clone()))
}

/// A token whose secret is the provider's public key.
fn confused(key: &Key, claims: &Value) -> String {
    let public = serde_json::to_string(&key.jwk()).unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(key.id.clone());
    encode(&header, claims, &EncodingKey::from_secret(public.as_bytes())).unwrap()
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let ward = Ward::open(1).await;
    let departure = Departure::to(&ward, "/auth/login?return_to=/patients").await;
    let asked = &departure.asked;
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["client_id"], CLIENT);
    assert_eq!(asked["redirect_uri"], format!("{ORIGIN}/auth/callback"));
    assert!(asked["scope"].contains("openid"));
    assert!(asked["state"].len() >= 22 && asked["nonce"].len() >= 22, "128 bits and more");
    let (cookie, answer) = sign_in(&ward, "noa", |_| {}).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/patients"));
    let shown = me(&ward, &cookie).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.json()["display_name"], "Dr noa");
    assert_eq!(shown.json()["roles"], json!(["radiologist"]));
    assert_eq!(shown.json()["assurance"]["factors"], "several");
    let out = Call::post("/auth/logout").cookie(SESSION, &cookie).own_page();
    let out = out.send(&ward.router).await;
    assert_eq!(out.status, 200);
    let location = out.json()["location"].as_str().unwrap().to_owned();
    assert!(location.starts_with(&format!("{}/bye?", ward.provider.issuer)), "{location}");
    assert!(location.contains("logout_hint=sid-noa") && !location.contains("id_token"));
    assert_eq!(out.cookie(SESSION).as_deref(), Some(""));
    assert_eq!(me(&ward, &cookie).await.status, 401);
}

#[tokio::test]
async fn an_rsa_provider_signs_in_too() {
    let ward = Ward::open(1).await;
    let rsa = Key::rsa("rsa");
    ward.provider.publish(vec![rsa.clone(), ward.provider.key.clone()]);
    let departure = Departure::to(&ward, "/auth/login").await;
    let token = rsa.sign("JWT", &ward.provider.id_claims("noa", departure.nonce()));
    ward.provider.give(move |_| Some(token.clone()));
    assert_eq!(departure.come_back(&ward).await.status, 303);
    let token = rsa.sign("at+jwt", &ward.provider.access_claims("noa", &["radiologist"]));
    assert_eq!(Call::get("/api/v1/me").bearer(&token).send(&ward.router).await.status, 200);
}

/// A dishonest ID token: its name, and how an honest one becomes it.
type Forgery = (&'static str, Forge);
type Forge = Box<dyn Fn(&Ward, Value) -> String>;
/// What is wrong with a token, and how an honest one becomes it.
type Flaw<'a> = (&'a str, &'a dyn Fn(&mut Value));

fn with(name: &'static str, value: Value) -> Forge {
    Box::new(move |ward, mut claims| {
        claims[name] = value.clone();
        ward.provider.key.sign("JWT", &claims)
    })
}

fn forgeries() -> Vec<Forgery> {
    let now = seconds();
    vec![
        ("no signature", Box::new(|_, claims| unsigned(&claims))),
        ("the public key as a secret", Box::new(|w, c| confused(&w.provider.key, &c))),
        (
            "the client's secret as a key",
            Box::new(|w, claims| {
                let mut header = Header::new(Algorithm::HS256);
                header.kid = Some(w.provider.key.id.clone());
                let secret = EncodingKey::from_secret(web::provider::SECRET.as_bytes());
                encode(&header, &claims, &secret).unwrap()
            }),
        ),
        ("a key nobody published", Box::new(|_, c| Key::ec("other").sign("JWT", &c))),
        ("another key under the known name", Box::new(|_, c| Key::ec("first").sign("JWT", &c))),
        (
            "an altered claim",
            Box::new(|w, c| {
                let honest = w.provider.key.sign("JWT", &c);
                let mut other = c.clone();
                other["sub"] = json!("admin");
                let other = unsigned(&other);
                let payload = other.split('.').nth(1).unwrap();
                let parts: Vec<_> = honest.split('.').collect();
                format!("{}.{payload}.{}", parts[0], parts[2])
            }),
        ),
        ("another audience", with("aud", json!("other-client"))),
        ("a further audience", with("aud", json!([CLIENT, "other-client"]))),
        ("another issuer", with("iss", json!("https://evil.example"))),
        (
            "an issuer with a slash more",
            Box::new(|w, mut c| {
                c["iss"] = json!(format!("{}/", w.provider.issuer));
                w.provider.key.sign("JWT", &c)
            }),
        ),
        ("another nonce", with("nonce", json!("another"))),
        (
            "no nonce",
            Box::new(|w, mut c| {
                c.as_object_mut().unwrap().remove("nonce");
                w.provider.key.sign("JWT", &c)
            }),
        ),
        ("expired", with("exp", json!(now - 120))),
        (
            "never expiring",
            Box::new(|w, mut c| {
                c.as_object_mut().unwrap().remove("exp");
                w.provider.key.sign("JWT", &c)
            }),
        ),
        ("issued in the future", with("iat", json!(now + 600))),
        ("made for another client", with("azp", json!("other-client"))),
        ("a sign-in of last week", with("auth_time", json!(now - 7 * 86_400))),
        (
            "a sign-in without a time",
            Box::new(|w, mut c| {
                c.as_object_mut().unwrap().remove("auth_time");
                w.provider.key.sign("JWT", &c)
            }),
        ),
        ("an empty subject", with("sub", json!(""))),
        ("not a token", Box::new(|_, _| "x.y.z".into())),
        ("an encrypted token", Box::new(|_, _| "a.b.c.d.e".into())),
    ]
}

#[tokio::test]
async fn no_forged_token_signs_anybody_in() {
    let ward = Ward::open(1).await;
    let forgeries = forgeries();
    for (name, forge) in &forgeries {
        let departure = Departure::to(&ward, "/auth/login").await;
        let token = forge(&ward, ward.provider.id_claims("noa", departure.nonce()));
        ward.provider.give(move |_| Some(token.clone()));
        let answer = departure.come_back(&ward).await;
        assert_eq!(answer.status, 401, "{name}: {}", answer.text);
        assert_eq!(answer.cookie(SESSION), None, "{name}");
        assert!(answer.text.contains("Please sign in."), "{name}: {}", answer.text);
    }
    println!("{} forgeries refused", forgeries.len());
}

#[tokio::test]
async fn a_code_a_state_and_a_browser_belong_together_once() {
    let ward = Ward::open(1).await;
    let honest = async |subject: &str| {
        let departure = Departure::to(&ward, "/auth/login").await;
        let claims = ward.provider.id_claims(subject, departure.nonce());
        let token = ward.provider.key.sign("JWT", &claims);
        ward.provider.give(move |_| Some(token.clone()));
        departure
    };
    // The same answer a second time.
    let departure = honest("noa").await;
    assert_eq!(departure.come_back(&ward).await.status, 303);
    assert_eq!(departure.come_back(&ward).await.status, 401, "replayed");
    // A code that was used, in a sign-in of its own.
    let next = honest("noa").await;
    let replayed = next.back(&ward.provider).replace(&next.code, &departure.code);
    assert_eq!(next.come_back_by(&ward, &replayed).await.status, 401, "replayed code");
    // Somebody else's code, put into the victim's browser: PKCE binds it to another verifier.
    let (victim, thief) = (honest("noa").await, honest("eve").await);
    let injected = victim.back(&ward.provider).replace(&victim.code, &thief.code);
    assert_eq!(victim.come_back_by(&ward, &injected).await.status, 401, "injected code");
    // Another state, none, and two.
    for (state, expected) in [("state=x", 401), ("nothing=x", 401), ("state=x&state=y", 422)] {
        let departure = honest("noa").await;
        let own = format!("state={}", departure.asked["state"]);
        let address = departure.back(&ward.provider).replace(&own, state);
        assert_eq!(departure.come_back_by(&ward, &address).await.status, expected, "{state}");
    }
    // Another browser: sign-in CSRF.
    let departure = honest("eve").await;
    let address = departure.back(&ward.provider);
    assert_eq!(Call::get(&address).send(&ward.router).await.status, 401, "no cookie");
    let other = honest("noa").await;
    let crossed = Call::get(&address).cookie(LOGIN, &other.cookie).send(&ward.router).await;
    assert_eq!(crossed.status, 401, "another browser's cookie");
    // The provider says no, or says nothing.
    let departure = honest("noa").await;
    let state = &departure.asked["state"];
    let no =
        format!("/auth/callback?error=access_denied&state={state}&iss={}", ward.provider.issuer);
    let answer = departure.come_back_by(&ward, &no).await;
    assert_eq!(answer.status, 401);
    assert!(!answer.text.contains("access_denied"), "its words are not repeated");
    // Too late.
    let departure = honest("noa").await;
    ward.ahead_s.store(601, Ordering::SeqCst);
    assert_eq!(departure.come_back(&ward).await.status, 401, "after ten minutes");
}

#[tokio::test]
async fn a_mixed_up_answer_is_refused() {
    let ward = Ward::open(1).await;
    let ours = format!("&iss={}", ward.provider.issuer);
    for other in ["&iss=https://evil.example", "", &format!("{ours}/"), &format!("{ours}{ours}")] {
        let departure = Departure::to(&ward, "/auth/login").await;
        let claims = ward.provider.id_claims("noa", departure.nonce());
        let token = ward.provider.key.sign("JWT", &claims);
        ward.provider.give(move |_| Some(token.clone()));
        let address = departure.back(&ward.provider).replace(&ours, other);
        let answer = departure.come_back_by(&ward, &address).await;
        assert!([401, 422].contains(&answer.status.as_u16()), "{other}: {}", answer.status);
        assert_eq!(answer.cookie(SESSION), None);
    }
}

#[tokio::test]
async fn a_provider_that_promises_nothing_is_still_checked_for_what_it_says() {
    let ward = Ward::open(1).await;
    ward.provider.promise_no_issuer();
    for (issuer, expected) in [("", 303), ("&iss=https://evil.example", 401)] {
        let departure = Departure::to(&ward, "/auth/login").await;
        let claims = ward.provider.id_claims("noa", departure.nonce());
        let token = ward.provider.key.sign("JWT", &claims);
        ward.provider.give(move |_| Some(token.clone()));
        let ours = format!("&iss={}", ward.provider.issuer);
        let address = departure.back(&ward.provider).replace(&ours, issuer);
        assert_eq!(departure.come_back_by(&ward, &address).await.status, expected);
    }
}

#[tokio::test]
async fn a_provider_under_another_name_is_not_ours() {
    let ward = Ward::open(1).await;
    ward.provider.lie_about_issuer("https://evil.example");
    let answer = Call::get("/auth/login").send(&ward.router).await;
    assert_eq!(answer.status, 503);
    assert!(!answer.text.contains("evil"));
}

#[tokio::test]
async fn a_step_up_is_a_fresh_sign_in_with_several_factors() {
    let ward = Ward::open(1).await;
    let departure = Departure::to(&ward, "/auth/login?step_up=1").await;
    assert_eq!(departure.asked["prompt"], "login");
    assert_eq!(departure.asked["max_age"], "0");
    let cases: [(&str, Value, u16); 4] = [
        ("fresh", json!({}), 303),
        ("stale", json!({"auth_time": seconds() - 301}), 401),
        ("one factor", json!({"amr": ["pwd"]}), 401),
        ("from the future", json!({"auth_time": seconds() + 120}), 401),
    ];
    for (name, changes, expected) in cases {
        let departure = Departure::to(&ward, "/auth/login?step_up=1&return_to=/sign").await;
        let mut claims = ward.provider.id_claims("noa", departure.nonce());
        for (claim, value) in changes.as_object().unwrap() {
            claims[claim] = value.clone();
        }
        let token = ward.provider.key.sign("JWT", &claims);
        ward.provider.give(move |_| Some(token.clone()));
        let answer = departure.come_back(&ward).await;
        assert_eq!(answer.status, expected, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_session_is_renamed_at_each_sign_in_and_ends_by_itself() {
    let ward = Ward::open(1).await;
    let (first, answer) = sign_in(&ward, "noa", |_| {}).await;
    assert!(first.len() >= 43, "256 bits");
    let lines = answer.headers.get_all("set-cookie").iter();
    let mut lines = lines.map(|line| line.to_str().unwrap().to_owned());
    let line = lines.find(|line| line.starts_with(&format!("{SESSION}="))).unwrap();
    for part in ["HttpOnly", "Secure", "Path=/", "SameSite=Lax"] {
        assert!(line.contains(part), "{line}");
    }
    // A session that an attacker planted does not survive the sign-in, nor does it become one.
    let departure = Departure::to(&ward, "/auth/login").await;
    let token = ward.provider.key.sign("JWT", &ward.provider.id_claims("noa", departure.nonce()));
    ward.provider.give(move |_| Some(token.clone()));
    let cookies = format!("{LOGIN}={}; {SESSION}={first}", departure.cookie);
    let back = Call::get(&departure.back(&ward.provider)).header("cookie", &cookies);
    let second = back.send(&ward.router).await.cookie(SESSION).unwrap();
    assert_ne!(first, second);
    assert_eq!(me(&ward, &first).await.status, 401);
    assert_eq!(me(&ward, &second).await.status, 200);
    ward.ahead_s.store(14 * 60, Ordering::SeqCst);
    assert_eq!(me(&ward, &second).await.status, 200);
    ward.ahead_s.store(29 * 60, Ordering::SeqCst);
    assert_eq!(me(&ward, &second).await.status, 401, "idle for fifteen minutes");
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let ward = Ward::open(1).await;
    ward.assign("noa", pseudonym(0)).await;
    let (cookie, _) = sign_in(&ward, "noa", |_| {}).await;
    let retry = |headers: &[(&str, &str)]| {
        let call = Call::post("/api/v1/jobs/1/retry").cookie(SESSION, &cookie);
        headers.iter().fold(call, |call, (name, value)| call.header(name, value))
    };
    let mark = ("x-interval-request", "1");
    for headers in [
        vec![],
        vec![mark],
        vec![("origin", ORIGIN)],
        vec![mark, ("origin", "https://evil.example")],
        vec![mark, ("origin", "null")],
        vec![mark, ("origin", ORIGIN), ("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "none"), mark],
    ] {
        let answer = retry(&headers).send(&ward.router).await;
        assert_eq!(answer.status, 403, "{headers:?}");
        assert_eq!(ward.store.job(1).await.unwrap().state.as_str(), "failed");
    }
    assert_eq!(retry(&[mark, ("origin", ORIGIN)]).send(&ward.router).await.status, 204);
    assert_eq!(ward.store.job(1).await.unwrap().state.as_str(), "pending");
    // Signing somebody out is a change too; and no other method slips past.
    let out = Call::post("/auth/logout").cookie(SESSION, &cookie).send(&ward.router).await;
    assert_eq!(out.status, 403);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"] {
        let call = Call::new(method, "/api/v1/me").cookie(SESSION, &cookie);
        let answer = call.send(&ward.router).await;
        assert!(answer.status.is_client_error(), "{method} {}", answer.status);
    }
}

#[tokio::test]
async fn no_token_is_ever_shown() {
    let ward = Ward::open(1).await;
    let departure = Departure::to(&ward, "/auth/login?return_to=/patients").await;
    let mut claims = ward.provider.id_claims("noa", departure.nonce());
    claims["canary"] = json!("canary-claim");
    let token = ward.provider.key.sign("JWT", &claims);
    let (given, signature) = (token.clone(), token.rsplit('.').next().unwrap().to_owned());
    ward.provider.give(move |_| Some(given.clone()));
    let back = departure.come_back(&ward).await;
    let cookie = back.cookie(SESSION).unwrap();
    let shown = me(&ward, &cookie).await;
    let out = Call::post("/auth/logout").cookie(SESSION, &cookie).own_page();
    let out = out.send(&ward.router).await;
    let all = [back, shown, out].map(|a| format!("{} {:?} {}", a.status, a.headers, a.text));
    let challenge = departure.address.to_string();
    for text in all.iter().chain([&challenge]) {
        for secret in [
            token.as_str(),
            &signature,
            "canary-access-token",
            "canary-refresh-token",
            "canary-claim",
            web::provider::SECRET,
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[tokio::test]
async fn a_browser_is_sent_back_to_our_pages_only() {
    let ward = Ward::open(1).await;
    for (wish, expected) in [
        ("/patients?x=1", "/patients?x=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("/a%0d%0aset-cookie:x=1", "/"),
        ("", "/"),
    ] {
        let wish = wish.replace('?', "%3F").replace('=', "%3D");
        let address = format!("/auth/login?return_to={wish}");
        let departure = Departure::to(&ward, &address).await;
        let claims = ward.provider.id_claims("noa", departure.nonce());
        let token = ward.provider.key.sign("JWT", &claims);
        ward.provider.give(move |_| Some(token.clone()));
        let answer = departure.come_back(&ward).await;
        assert_eq!(answer.header("location"), expected, "{wish}");
    }
}

#[tokio::test]
async fn the_provider_signs_people_out() {
    let ward = Ward::open(1).await;
    let logout = |change: &dyn Fn(&mut Value)| {
        let mut claims = json!({
            "iss": ward.provider.issuer, "aud": CLIENT, "iat": seconds(), "exp": seconds() + 120,
            "jti": format!("jti-{:x}", rand()), "sid": "sid-noa",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        change(&mut claims);
        ward.provider.key.sign("logout+jwt", &claims)
    };
    let send = async |token: String| {
        let call = Call::post("/auth/backchannel-logout");
        call.form(format!("logout_token={token}")).send(&ward.router).await.status.as_u16()
    };
    let (cookie, _) = sign_in(&ward, "noa", |_| {}).await;
    let remove = |claims: &mut Value, name: &str| {
        claims.as_object_mut().unwrap().remove(name);
    };
    let wrong: [Flaw<'_>; 9] = [
        ("an ID token's nonce", &|c| c["nonce"] = json!("x")),
        ("no event", &|c| remove(c, "events")),
        ("another event", &|c| c["events"] = json!({"other": {}})),
        ("another audience", &|c| c["aud"] = json!("other")),
        ("another issuer", &|c| c["iss"] = json!("https://evil.example")),
        ("an old one", &|c| c["iat"] = json!(seconds() - 300)),
        ("nobody", &|c| remove(c, "sid")),
        ("no id", &|c| remove(c, "jti")),
        ("expired", &|c| c["exp"] = json!(seconds() - 61)),
    ];
    for (name, change) in wrong {
        assert_eq!(send(logout(change)).await, 422, "{name}");
    }
    assert_eq!(send(unsigned(&json!({"sid": "sid-noa"}))).await, 422, "unsigned");
    assert_eq!(me(&ward, &cookie).await.status, 200, "still in");
    let honest = logout(&|_| {});
    assert_eq!(send(honest.clone()).await, 204);
    assert_eq!(me(&ward, &cookie).await.status, 401, "out");
    let (cookie, _) = sign_in(&ward, "noa", |_| {}).await;
    assert_eq!(send(honest).await, 422, "replayed");
    assert_eq!(me(&ward, &cookie).await.status, 200);
    let by_subject = logout(&|c| {
        remove(c, "sid");
        c["sub"] = json!("noa");
    });
    assert_eq!(send(by_subject).await, 204);
    assert_eq!(me(&ward, &cookie).await.status, 401, "out by subject");
}

fn rand() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_be_bytes(bytes)
}

#[tokio::test]
async fn no_forged_bearer_token_opens_the_api() {
    let ward = Ward::open(1).await;
    let now = seconds();
    let claims = || ward.provider.access_claims("noa", &["radiologist"]);
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        ward.provider.key.sign("at+jwt", &claims)
    };
    let without = |name: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        ward.provider.key.sign("at+jwt", &claims)
    };
    let id_token = ward.provider.key.sign("JWT", &ward.provider.id_claims("noa", "n"));
    let forged = [
        ("no signature", unsigned(&claims())),
        ("the public key as a secret", confused(&ward.provider.key, &claims())),
        ("an unknown key", Key::ec("other").sign("at+jwt", &claims())),
        ("another key of that name", Key::ec("first").sign("at+jwt", &claims())),
        ("another audience", with("aud", json!("https://other.test/api"))),
        ("our client as audience", with("aud", json!(CLIENT))),
        ("no audience", without("aud")),
        ("another issuer", with("iss", json!("https://evil.example"))),
        ("no issuer", without("iss")),
        ("expired", with("exp", json!(now - 61))),
        ("never expiring", without("exp")),
        ("no issue time", without("iat")),
        ("not valid yet", with("nbf", json!(now + 120))),
        ("issued in the future", with("iat", json!(now + 120))),
        ("living an hour", with("exp", json!(now + 3600))),
        ("nobody", without("sub")),
        ("an ID token", id_token),
        ("a logout token", ward.provider.key.sign("logout+jwt", &claims())),
        ("no token", "x".into()),
    ];
    let count = forged.len();
    for (name, token) in forged {
        let answer = Call::get("/api/v1/me").bearer(&token).send(&ward.router).await;
        assert_eq!(answer.status, 401, "{name}: {}", answer.text);
    }
    println!("{count} forged bearer tokens refused");
    let honest = ward.provider.key.sign("at+jwt", &claims());
    assert_eq!(Call::get("/api/v1/me").bearer(&honest).send(&ward.router).await.status, 200);
    let basic = Call::get("/api/v1/me").header("authorization", "Basic eDp5");
    assert_eq!(basic.send(&ward.router).await.status, 401);
    let twice = Call::get("/api/v1/me").bearer(&honest).bearer(&honest);
    assert_eq!(twice.send(&ward.router).await.status, 401);
    let (cookie, _) = sign_in(&ward, "noa", |_| {}).await;
    let both = Call::get("/api/v1/me").cookie(SESSION, &cookie).bearer("x");
    assert_eq!(both.send(&ward.router).await.status, 401, "a bad token is not made good");
    assert_eq!(AUDIENCE, "https://interval.test/api");
}

#[tokio::test]
async fn new_keys_are_found_and_unknown_ones_do_not_flood_the_provider() {
    let ward = Ward::open(1).await;
    let token = ward.provider.access_token("noa", &["radiologist"]);
    assert_eq!(Call::get("/api/v1/me").bearer(&token).send(&ward.router).await.status, 200);
    assert_eq!(ward.provider.asked_for_keys(), 1);
    let strange = Key::ec("strange").sign("at+jwt", &ward.provider.access_claims("noa", &[]));
    for _ in 0..20 {
        assert_eq!(Call::get("/api/v1/me").bearer(&strange).send(&ward.router).await.status, 401);
    }
    assert!(ward.provider.asked_for_keys() <= 2, "{}", ward.provider.asked_for_keys());
}

#[tokio::test]
async fn while_the_provider_is_away_sessions_go_on_and_nobody_new_comes_in() {
    let ward = Ward::open(1).await;
    let (cookie, _) = sign_in(&ward, "noa", |_| {}).await;
    let ready = Call::get("/health/ready").send(&ward.router).await;
    assert_eq!(ready.json()["degraded"], json!([]));
    // A door whose provider never answered: the port of one that is gone.
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let away = web::ward::door_at(&ward.store, &gone);
    let answer = Call::get("/auth/login").send(&away).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["detail"], "A part that this needs is away; please try again later.");
    let ready = Call::get("/health/ready").send(&away).await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json()["degraded"], json!(["sign-in: it does not answer"]));
    assert_eq!(me(&ward, &cookie).await.status, 200);
}

#[tokio::test]
async fn every_answer_is_dressed() {
    let ward = Ward::open(1).await;
    let dressed = |headers: &HeaderMap| {
        for (name, part) in [
            ("content-security-policy", "default-src 'none'"),
            ("content-security-policy", "frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("permissions-policy", "camera=()"),
            ("cache-control", "no-store"),
            ("x-request-id", ""),
        ] {
            assert!(headers[name].to_str().unwrap().contains(part), "{name}");
        }
        assert!(!headers["content-security-policy"].to_str().unwrap().contains("unsafe"));
        assert!(!headers.contains_key("access-control-allow-origin"));
    };
    for address in ["/health/live", "/auth/login", "/api/v1/me", "/nowhere", "/auth/callback"] {
        dressed(&Call::get(address).send(&ward.router).await.headers);
    }
    let answer = Call::get("/nowhere/CANARY").send(&ward.router).await;
    assert_eq!(answer.status, 404);
    assert!(!answer.text.contains("CANARY"));
}

#[tokio::test]
async fn sign_ins_and_requests_are_bounded() {
    let ward = Ward::open(1).await;
    let mut last = 0;
    for _ in 0..1_000 {
        let answer = Call::get("/auth/login").send(&ward.router).await;
        last = answer.status.as_u16();
        if last == 429 {
            assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
            break;
        }
    }
    assert_eq!(last, 429);
    let token = ward.provider.access_token("noa", &["radiologist"]);
    let large = json!({"x": "y".repeat(70_000)});
    let answer = Call::post("/api/v1/break-glass").bearer(&token).json(&large);
    assert_eq!(answer.send(&ward.router).await.status, 413);
}

#[tokio::test]
async fn a_stream_ends_soon_after_signing_out() {
    let ward = Ward::open(1).await;
    let (cookie, _) = sign_in(&ward, "noa", |_| {}).await;
    let stream = Call::get("/api/v1/events").cookie(SESSION, &cookie).start(&ward.router).await;
    assert_eq!(stream.status(), 200);
    let out = Call::post("/auth/logout").cookie(SESSION, &cookie).own_page();
    assert_eq!(out.send(&ward.router).await.status, 200);
    let read = axum::body::to_bytes(stream.into_body(), 1 << 20);
    let ended = tokio::time::timeout(std::time::Duration::from_secs(5), read).await;
    assert!(ended.is_ok(), "within five seconds");
}

#[tokio::test]
async fn who_was_disabled_does_not_sign_in() {
    let ward = Ward::open(1).await;
    let (cookie, _) = sign_in(&ward, "noa", |_| {}).await;
    let off = interval::store::user::Switch::Disabled;
    let (noa, now) = (ward.person("noa"), std::time::SystemTime::now());
    ward.store.turn(&Ward::permit(), &noa, off, now).await.unwrap();
    assert_eq!(me(&ward, &cookie).await.status, 401, "signed out at the next request");
    let (cookie, answer) = sign_in(&ward, "noa", |_| {}).await;
    assert_eq!((answer.status.as_u16(), cookie.as_str()), (403, ""));
}
