//! A small shop: signing in, baskets, what is put into them, a receipt.
//!
//! Owns: the rules of these resources. Does not: know HTTP framing, keep anything for longer than the server lives.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::http1::{Answer, Call};

/// Who may sign in, and what is handed out for it.
const USER: &str = "ada";
const PASSWORD: &str = "lovelace";
const TOKEN: &str = "sample-3f1c";

/// A basket that holds more is no basket.
const MOST_ITEMS: usize = 1000;

/// All baskets.
#[derive(Debug, Default)]
pub(super) struct Shop {
    baskets: BTreeMap<u64, Vec<Value>>,
    last_id: u64,
    last_item: u64,
}

impl Shop {
    /// `POST /sign-in` with user and password as JSON: a token in the body, and a cookie. `DELETE` takes the cookie back.
    pub fn sign_in(call: &Call) -> Answer {
        let cookie = |value: &str, more: &str| format!("session={value}; Path=/; HttpOnly; SameSite=Lax{more}");
        match call.method.as_str() {
            "DELETE" => Answer::empty(204).with("Set-Cookie", cookie("", "; Max-Age=0")),
            "POST" => {
                let given: Value = serde_json::from_slice(&call.body).unwrap_or_default();
                if given["user"] == USER && given["password"] == PASSWORD {
                    Answer::json(200, &json!({ "user": USER, "token": TOKEN })).with("Set-Cookie", cookie(TOKEN, ""))
                } else {
                    Answer::error(401, "the sample API knows one user, ada, and her password, lovelace")
                }
            }
            _ => Answer::error(405, "sign in with POST, sign out with DELETE").with("Allow", "POST, DELETE"),
        }
    }

    /// `GET /me`: who the cookie belongs to.
    pub fn me(call: &Call) -> Answer {
        let wanted = format!("session={TOKEN}");
        let has_cookie = |header: &str| header.split(';').any(|cookie| cookie.trim() == wanted);
        if call.header("cookie").is_some_and(has_cookie) {
            Answer::json(200, &json!({ "user": USER }))
        } else {
            Answer::error(401, "nobody is signed in: there is no cookie of a session")
        }
    }

    /// `/baskets` and what is below it.
    pub fn answer(&mut self, below: &[&str], call: &Call) -> Answer {
        if call.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return Answer::error(401, "sign in first, and send the token").with("WWW-Authenticate", "Bearer");
        }
        match (call.method.as_str(), below) {
            ("POST", []) => self.create(call),
            ("GET", [id]) => self.of(id, |id, items| Answer::json(200, &json!({ "id": id, "items": items }))),
            ("DELETE", [id]) => match id.parse().ok().and_then(|id: u64| self.baskets.remove(&id)) {
                Some(_) => Answer::empty(204),
                None => no_basket(),
            },
            ("POST", [id, "items"]) => self.put(id, call),
            ("GET", [id, "receipt.pdf"]) => self.of(id, |id, items| {
                let mut answer = Answer::empty(200).with("Content-Type", "application/pdf");
                answer.body = receipt(id, items);
                answer
            }),
            _ => Answer::error(404, "no such route below /baskets"),
        }
    }

    fn create(&mut self, call: &Call) -> Answer {
        let given: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let Some(name) = given["name"].as_str() else { return Answer::error(400, "a basket needs a name") };
        self.last_id += 1;
        self.baskets.insert(self.last_id, Vec::new());
        Answer::json(201, &json!({ "id": self.last_id, "name": name, "items": [] }))
    }

    fn of(&self, id: &str, answer: impl Fn(u64, &[Value]) -> Answer) -> Answer {
        let found = id.parse().ok().and_then(|id: u64| Some((id, self.baskets.get(&id)?)));
        found.map_or_else(no_basket, |(id, items)| answer(id, items))
    }

    /// An amount may be a number, or text that is one: tables have text only.
    fn put(&mut self, id: &str, call: &Call) -> Answer {
        let Some(items) = id.parse().ok().and_then(|id: u64| self.baskets.get_mut(&id)) else { return no_basket() };
        let given: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let amount = given["amount"].as_u64().or_else(|| given["amount"].as_str()?.parse().ok());
        let (Some(item), Some(amount), Some(key)) = (given["item"].as_str(), amount, given["key"].as_str()) else {
            return Answer::error(400, "an item needs item, amount and key");
        };
        if amount == 0 || items.len() == MOST_ITEMS {
            return Answer::json(422, &json!({ "item": item, "error": "the amount must be 1 or more" }));
        }
        self.last_item += 1;
        let created = format!("order {}", self.last_item);
        let put = json!({ "id": key, "item": item, "amount": amount, "created": created });
        items.push(put.clone());
        Answer::json(201, &put)
    }
}

fn no_basket() -> Answer {
    Answer::error(404, "no such basket")
}

/// A document of one page with a line for each item.
fn receipt(id: u64, items: &[Value]) -> Vec<u8> {
    let mut lines = format!("BT /F1 12 Tf 72 720 Td 16 TL (Receipt of basket {id}) Tj\n");
    for item in items {
        let name: String =
            item["item"].as_str().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
        lines.push_str(&format!("T* ({} x {name}) Tj\n", item["amount"]));
    }
    lines.push_str("ET\n");
    // White space is what a receipt is printed on.
    lines.push_str(&"%\n".repeat(500));
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{lines}endstream", lines.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = String::new();
    for (number, object) in (1..).zip(&objects) {
        places.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = out.len();
    out.push_str(&format!("xref\n0 6\n0000000000 65535 f \n{places}"));
    out.push_str(&format!("trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, body: &str, header: (&str, &str)) -> Call {
        let headers = vec![(header.0.to_owned(), header.1.to_owned())];
        Call { method: method.to_owned(), body: body.as_bytes().to_vec(), headers, ..Call::default() }
    }

    const SIGNED_IN: (&str, &str) = ("Authorization", "Bearer sample-3f1c");

    #[test]
    fn a_basket_lives_from_post_to_delete() {
        let mut shop = Shop::default();
        let mut ask = |method: &str, path: &[&str], body: &str| shop.answer(path, &call(method, body, SIGNED_IN));
        assert_eq!(ask("POST", &[], r#"{"name": "t"}"#).status, 201);
        let put = |amount: &str| format!(r#"{{"item": "tea", "amount": {amount}, "key": "k"}}"#);
        for (amount, status) in [("2", 201), ("\"3\"", 201), ("0", 422), ("\"x\"", 400), ("-1", 400)] {
            assert_eq!(ask("POST", &["1", "items"], &put(amount)).status, status, "{amount}");
        }
        let receipt = ask("GET", &["1", "receipt.pdf"], "").body;
        assert!(receipt.len() > 1000 && receipt.starts_with(b"%PDF-1.4"));
        assert!(String::from_utf8_lossy(&receipt).contains("(3 x tea)"));
        assert_eq!([ask("GET", &["1"], "").status, ask("DELETE", &["1"], "").status], [200, 204]);
        assert_eq!([ask("GET", &["1"], "").status, ask("DELETE", &["one"], "").status], [404, 404]);
    }

    #[test]
    fn nothing_without_a_token_and_nobody_without_a_cookie() {
        let nobody = ("Authorization", "Bearer wrong");
        assert_eq!(Shop::default().answer(&[], &call("POST", r#"{"name": "t"}"#, nobody)).status, 401);
        assert_eq!(Shop::me(&call("GET", "", ("Cookie", "a=b; session=sample-3f1c"))).status, 200);
        assert_eq!(Shop::me(&call("GET", "", ("Cookie", "session=x"))).status, 401);
        let right = r#"{"user": "ada", "password": "lovelace"}"#;
        assert_eq!(Shop::sign_in(&call("POST", right, nobody)).status, 200);
        assert_eq!(Shop::sign_in(&call("POST", "{}", nobody)).status, 401);
        assert_eq!(Shop::sign_in(&call("DELETE", "", nobody)).status, 204);
        assert_eq!(Shop::sign_in(&call("GET", "", nobody)).status, 405);
    }
}
