//! How a command of curl proves who asks, as keys of a test.
//!
//! Owns: which of the schemes wins, and their keys. Does not: know other headers (see `translate`).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::location;
use super::transfer::Transfer;
use crate::convert::Input;
use crate::convert::made::{Loss, MadeSuite, MadeTest};
use crate::convert::text::Text;
use crate::convert::yaml::Yaml;
use crate::exchange::curl_options::Sigv4Scope;

/// Name and password, or a token; a header of the command's own wins.
pub fn translate(input: &Input, transfer: &Transfer, test: &mut MadeTest, suite: &mut MadeSuite) {
    if let Some(token) = transfer.value("oauth2-bearer") {
        let mut value = Text::from("Bearer ");
        value.append(token.clone());
        test.request.add_missing("Authorization", value);
        return;
    }
    if test.request.header("authorization").is_some() {
        return;
    }
    netrc(input, transfer, test);
    if let Some(given) = transfer.last("aws-sigv4") {
        let scope = given.value.as_plain();
        match scope.ok_or_else(|| "cannot be a variable here".to_owned()).and_then(Sigv4Scope::parse) {
            Ok(_) => test.set("curl_option_aws_sigv4", given.value.to_yaml()),
            Err(why) => {
                let place = location(input, given.at);
                test.losses.push((None, Loss { place, what: format!("--aws-sigv4: it {why}") }));
                return;
            }
        }
    }
    let Some(user) = transfer.value("user") else { return };
    let (name, password) = user.split_once(':').unwrap_or((user.clone(), Text::default()));
    let is_basic = !transfer.is_on("digest") && transfer.last("aws-sigv4").is_none();
    if transfer.is_on("digest") {
        test.set("curl_option_httpauth", Yaml::word(2));
    }
    match (name.as_plain(), password.as_plain()) {
        // PyRestTest takes a part that is empty for no credentials at all.
        (Some(name), Some(password)) if is_basic && (name.is_empty() || password.is_empty()) => {
            let encoded = BASE64_STANDARD.encode(format!("{name}:{password}"));
            test.request.set_header("Authorization", format!("Basic {encoded}"));
        }
        (_, plain) => {
            let password = plain.map_or_else(|| password.clone(), |plain| suite.secret("password", plain));
            test.set("auth_username", name.to_yaml());
            test.set("auth_password", password.to_yaml());
        }
    }
}

/// `--netrc`, `--netrc-optional`, `--netrc-file`.
fn netrc(input: &Input, transfer: &Transfer, test: &mut MadeTest) {
    const OPTIONAL: u8 = 1;
    const REQUIRED: u8 = 2;
    let file = transfer.last("netrc-file");
    if transfer.is_on("netrc-optional") {
        test.set("curl_option_netrc", Yaml::word(OPTIONAL));
    } else if transfer.is_on("netrc") || file.is_some() {
        test.set("curl_option_netrc", Yaml::word(REQUIRED));
    }
    let Some(file) = file else { return };
    match file.value.as_plain() {
        Some(path) => test.set("curl_option_netrc_file", Yaml::text(path)),
        None => test.lose(None, &location(input, file.at), "--netrc-file cannot be a variable here"),
    }
}
