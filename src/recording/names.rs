//! Names of the files of a recording: `0001-get-orders-7.yaml`.

/// A name's part that tells of the path is no longer.
const LONGEST: usize = 60;

/// The name of an exchange's files without what follows the dot.
pub fn stem(number: u32, method: &str, path: &str) -> String {
    let mut name = format!("{number:04}-{}", method.to_ascii_lowercase());
    let path = crate::exchange::url::percent_decode(path);
    let mut told = String::new();
    for letter in path.chars() {
        let letter = if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
        if told.len() < LONGEST && !(letter == '-' && (told.is_empty() || told.ends_with('-'))) {
            told.push(letter);
        }
    }
    let told = told.trim_end_matches('-');
    if !told.is_empty() {
        name.push('-');
        name.push_str(told);
    }
    name
}

/// The number of such a name; nothing where it is none.
pub fn number(name: &str) -> Option<u32> {
    let (digits, _) = name.split_once('-')?;
    let is_number = digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_of_the_request() {
        for (method, path, name) in [
            ("GET", "/orders/7", "0001-get-orders-7"),
            ("POST", "/", "0001-post"),
            ("GET", "/a%2F..//b.json", "0001-get-a-b-json"),
            ("DELETE", "/É/(redacted)/", "0001-delete-redacted"),
        ] {
            assert_eq!(stem(1, method, path), name);
        }
        assert!(stem(12345, "GET", &"/x".repeat(90)).len() < 90);
        assert_eq!(number("0012-get-x.yaml"), Some(12));
        assert_eq!(number("12345-get.yaml"), Some(12345));
        assert_eq!((number("orders.yaml"), number("001-get"), number("-get")), (None, None, None));
    }
}
