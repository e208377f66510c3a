//! Client certificates and keys that are not PEM without a password: the printed command makes one that is read.

use std::process::Command;

use crate::support::{Finish, Folder, has_program};

fn shell(folder: &Folder, command: &str) {
    let done = Command::new("sh").args(["-ec", command]).current_dir(folder.path()).output().expect("a shell");
    assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_printed_command_makes_what_is_read() {
    if !has_program("openssl") {
        return;
    }
    let folder = Folder::new();
    shell(
        &folder,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout plain.key -out cert.pem -subj /CN=me
         openssl pkcs8 -topk8 -in plain.key -out key.pem -passout pass:gehe1m
         openssl ec -in plain.key -aes128 -out old.pem -passout pass:gehe1m
         openssl pkcs12 -export -in cert.pem -inkey plain.key -out 'my id.p12' -passout pass:gehe1m
         openssl x509 -in cert.pem -outform DER -out cert.crt
         openssl pkey -in plain.key -outform DER -out der.key
         cat cert.pem key.pem > both.pem",
    );
    for (options, command, asks, then) in [
        (
            "curl_option_sslcert: cert.pem, curl_option_sslkey: key.pem",
            "openssl pkey -in key.pem -out key.plain.pem",
            " -passin pass:gehe1m",
            "curl_option_sslcert: cert.pem, curl_option_sslkey: key.plain.pem",
        ),
        (
            "curl_option_sslcert: cert.pem, curl_option_sslkey: old.pem, curl_option_keypasswd: gehe1m",
            "openssl pkey -in old.pem -out old.plain.pem",
            " -passin pass:gehe1m",
            "curl_option_sslcert: cert.pem, curl_option_sslkey: old.plain.pem",
        ),
        (
            "curl_option_sslcert: both.pem",
            "openssl pkey -in both.pem -out both.plain.pem",
            " -passin pass:gehe1m",
            "curl_option_sslcert: both.pem, curl_option_sslkey: both.plain.pem",
        ),
        (
            "curl_option_sslcert: my id.p12, curl_option_sslcerttype: P12, curl_option_sslcertpasswd: gehe1m",
            "openssl pkcs12 -in 'my id.p12' -out 'my id.plain.pem' -nodes",
            " -passin pass:gehe1m",
            "curl_option_sslcert: my id.plain.pem",
        ),
        (
            "curl_option_sslcert: cert.crt, curl_option_sslkey: plain.key",
            "openssl x509 -inform DER -in cert.crt -out cert.plain.pem",
            "",
            "curl_option_sslcert: cert.plain.pem, curl_option_sslkey: plain.key",
        ),
        (
            "curl_option_sslcert: cert.pem, curl_option_sslkey: der.key, curl_option_sslkeytype: DER",
            "openssl pkey -inform DER -in der.key -out der.plain.pem",
            "",
            "curl_option_sslcert: cert.pem, curl_option_sslkey: der.plain.pem",
        ),
    ] {
        let suite = |options: &str| {
            // Nobody listens there: it is enough that the files are read.
            folder.file("s.yaml", format!("- test: {{url: /, {options}, timeout: 5}}"));
            folder.resttest().args(["https://127.0.0.1:9", "s.yaml"]).finish()
        };
        let ran = suite(options).exits(65);
        assert!(ran.stderr.contains("s.yaml:1:"), "{ran:#?}");
        assert!(ran.stderr.contains(&format!("convert it once with `{command}`")), "{ran:#?}");
        assert!(!ran.stderr.contains("gehe1m"), "{ran:#?}");
        shell(&folder, &format!("{command}{asks}"));
        let ran = suite(then).exits(1);
        assert!(ran.stderr.contains("connect") && !ran.stderr.contains("option"), "{ran:#?}");
    }
}
