//! Names that mark a secret: of variables, of headers, of parameters in a query.
//!
//! Owns: the words, and how a name is taken apart. Does not: look at values.

/// Words that mark a secret, in the singular.
const WORDS: [&str; 24] = [
    "auth",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "csrf",
    "jwt",
    "key",
    "keyring",
    "oauth",
    "otp",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "pwd",
    "secret",
    "sessid",
    "sessionid",
    "signature",
    "token",
    "xsrf",
];

/// Names that are run together (`clientsecret`, `apikey`, `PHPSESSID`) end in one of these.
const ENDINGS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credential",
    "key",
    "sessionid",
    "sessid",
    "userpass",
    "dbpass",
];

/// Words of the language that end in `key`.
const NO_KEYS: [&str; 20] = [
    "monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "hotkey", "turnkey", "lackey", "flunkey", "malarkey",
    "mickey", "smokey", "hokey", "pokey", "jokey", "dickey", "rickey", "cokey", "lowkey",
];

/// Headers whose names hold such a word and whose values everybody may see.
const OPEN_HEADERS: [&str; 8] = [
    "access-control-allow-credentials",
    "idempotency-key",
    "x-idempotency-key",
    "sec-websocket-key",
    "surrogate-key",
    "x-cache-key",
    "cache-key",
    "public-key-pins",
];

/// Whether a name marks its value as secret: `api_key_prod`, `dbPass`, `X-Vault-Token`, `session_id`.
pub fn is_secret_name(name: &str) -> bool {
    if !may_be_secret(name.as_bytes()) {
        return false;
    }
    let words = words(name);
    words.iter().enumerate().any(|(at, word)| {
        is_secret_word(word) || (word == "session" && words.get(at + 1).is_some_and(|next| next == "id"))
    })
}

/// Whether a header's value is secret.
pub fn is_secret_header(name: &str) -> bool {
    is_secret_name(name) && !OPEN_HEADERS.iter().any(|open| open.eq_ignore_ascii_case(name))
}

/// What such a name is about, where its last word says that it is not the secret itself: `token_type`.
const ABOUT: [&str; 27] = [
    "algorithm",
    "at",
    "count",
    "endpoint",
    "expiration",
    "expires",
    "expiry",
    "file",
    "format",
    "hint",
    "in",
    "issuer",
    "kind",
    "length",
    "limit",
    "method",
    "name",
    "policy",
    "required",
    "scheme",
    "status",
    "ttl",
    "type",
    "uri",
    "url",
    "user",
    "username",
];

/// Whether a key of an answer says that its value is a secret, and not only something about one.
pub fn names_a_secret(name: &str) -> bool {
    let words = words(name);
    let is_open = |open: &&str| open.split('-').eq(words.iter().map(String::as_str));
    is_secret_name(name)
        && words.last().is_none_or(|last| !ABOUT.contains(&last.as_str()))
        && !matches!(words.as_slice(), [.., key, id] if key == "key" && id == "id")
        && words.first().is_none_or(|first| first != "public")
        && !OPEN_HEADERS.iter().any(is_open)
}

/// Whether a name can be that of a secret at all; most cannot, and that is quickly known.
pub fn may_be_secret(name: &[u8]) -> bool {
    /// The letters without which none of the words can be written.
    static NEEDED: [u32; 15] = [
        letters(b"auth"),
        letters(b"bearer"),
        letters(b"cookie"),
        letters(b"credential"),
        letters(b"csrf"),
        letters(b"jwt"),
        letters(b"key"),
        letters(b"otp"),
        letters(b"pas"),
        letters(b"pin"),
        letters(b"pwd"),
        letters(b"secret"),
        letters(b"sesid"),
        letters(b"signature"),
        letters(b"token"),
    ];
    let has = letters(name);
    if has & UNSURE != 0 {
        return true;
    }
    let mut at = 0;
    while at < NEEDED.len() {
        if has & NEEDED[at] == NEEDED[at] {
            return true;
        }
        at += 1;
    }
    false
}

/// Set where a name has an escape, or a letter that no word is written with.
const UNSURE: u32 = 1 << 31;

/// What each byte says of a name, whatever its case. An `x` may stand for a `cs`, as in `xsrf`.
static LETTERS: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let small = byte as u8 | 0x20;
        table[byte] = match byte as u8 {
            b'\\' | 0x80.. => UNSURE,
            _ if small == b'x' => 1 << (b'x' - b'a') | 1 << (b'c' - b'a'),
            _ if small.is_ascii_lowercase() => 1 << (small - b'a'),
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// Which letters there are. Once for each key of each answer, so a loop that is one without an optimizer, too.
const fn letters(word: &[u8]) -> u32 {
    let mut found = 0;
    let mut at = 0;
    while at < word.len() {
        found |= LETTERS[word[at] as usize];
        at += 1;
    }
    found
}

fn is_secret_word(word: &str) -> bool {
    let is = |word: &str| {
        WORDS.contains(&word) || (ENDINGS.iter().any(|end| word.ends_with(end)) && !NO_KEYS.contains(&word))
    };
    is(word) || word.strip_suffix('s').is_some_and(is)
}

/// The words of a name in lower case: parted by whatever is no letter, and where capitals begin a word.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        // `apiKey` at its K; `APIKey` there, too, since a small letter follows.
        let begins = letter.is_uppercase()
            && (before.is_some_and(|c| c.is_lowercase())
                || (before.is_some_and(|c| c.is_uppercase()) && after.is_some_and(|c| c.is_lowercase())));
        if (begins || !letter.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphabetic() {
            word.extend(letter.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart() {
        for (name, expected) in [
            ("api_key_prod", vec!["api", "key", "prod"]),
            ("apiKey", vec!["api", "key"]),
            ("APIKey2", vec!["api", "key"]),
            ("X-Vault-Token", vec!["x", "vault", "token"]),
            ("db.pass", vec!["db", "pass"]),
            ("API_KEY", vec!["api", "key"]),
            ("", vec![]),
            ("__1", vec![]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_a_secret_is_quickly_known() {
        for word in WORDS.iter().chain(&ENDINGS) {
            for name in [word.to_string(), word.to_uppercase(), format!("my_{word}s2"), format!("{word}é")] {
                assert!(may_be_secret(name.as_bytes()), "{name}");
            }
        }
        assert!(may_be_secret(b"\\u0074oken"));
        for name in ["id", "name", "user", "email", "status", "items", "total", "created", "url", "", "price"] {
            assert!(!may_be_secret(name.as_bytes()), "{name}");
        }
        for (name, expected) in [
            ("access_token", true),
            ("token_type", false),
            ("keyName", false),
            ("token", true),
            ("idempotency_key", false),
            ("publicKey", false),
        ] {
            assert_eq!(names_a_secret(name), expected, "{name}");
        }
    }

    #[test]
    fn names_mark_secrets() {
        for name in [
            "password",
            "API_KEY",
            "apiKey",
            "apikey",
            "APIKEY",
            "access_token",
            "accesstoken",
            "tokens",
            "clientSecret",
            "clientsecret",
            "client_secrets",
            "key",
            "key2",
            "key_1",
            "api_key_prod",
            "keyring",
            "db_pass",
            "dbPass",
            "user_pwd",
            "userpwd",
            "passphrase",
            "passwd",
            "auth",
            "oauth2",
            "authorization",
            "bearer",
            "jwt",
            "session_id",
            "sessionId",
            "JSESSIONID",
            "PHPSESSID",
            "session-token",
            "credentials",
            "cookie",
            "pin",
            "signature",
            "my.secret.value",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "id",
            "keyword",
            "name",
            "user",
            "monkey",
            "keyboard",
            "author",
            "authors",
            "passed",
            "bypass",
            "compass",
            "passenger",
            "session",
            "pinned",
            "spin",
            "secretary",
            "tokenizer",
            "turkey",
            "monkeys",
            "username",
            "",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn headers_go_by_the_same_words() {
        for name in [
            "Authorization",
            "proxy-authorization",
            "Cookie",
            "set-cookie",
            "X-Api-Key",
            "X-Auth-Token",
            "PRIVATE-TOKEN",
            "X-Vault-Token",
            "X-CSRF-Token",
            "Ocp-Apim-Subscription-Key",
            "X-Amz-Security-Token",
            "X-Session-Id",
            "apikey",
        ] {
            assert!(is_secret_header(name), "{name}");
        }
        for name in [
            "Content-Type",
            "WWW-Authenticate",
            "Keep-Alive",
            "Access-Control-Allow-Credentials",
            "Idempotency-Key",
            "Sec-WebSocket-Key",
            "X-Request-Id",
            "Vary",
        ] {
            assert!(!is_secret_header(name), "{name}");
        }
    }
}
