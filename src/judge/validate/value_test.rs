//! Tests of one value: `exists`, `not_exists`, and those that other code registers.
//!
//! Owns: their case-sensitive names. Does not: extract the value.

use std::fmt;
use std::sync::Arc;

use crate::ground::registry::Registry;
use crate::ground::value::Value;

/// The names of the built-in tests.
pub const TESTS: &[&str] = &["exists", "not_exists"];

/// Judges a value, or says why it cannot.
pub type Function = dyn Fn(&Value) -> Result<bool, String> + Send + Sync;

/// A test under its name.
#[derive(Clone)]
pub struct ValueTest {
    name: String,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Exists,
    NotExists,
    Custom(Arc<Function>),
}

impl ValueTest {
    /// The test of a name, built-in or registered; upper and lower case differ.
    pub fn by_name(name: &str) -> Option<ValueTest> {
        let kind = match (REGISTERED.get(name), name) {
            (Some(custom), _) => Kind::Custom(custom),
            (None, "exists") => Kind::Exists,
            (None, "not_exists") => Kind::NotExists,
            (None, _) => return None,
        };
        Some(ValueTest { name: name.to_owned(), kind })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it asks whether there is a value.
    pub fn is_of_existence(&self) -> bool {
        !matches!(self.kind, Kind::Custom(_))
    }

    /// The verdict; what was not found is `null`, so a JSON `null` does not exist either.
    ///
    /// # Errors
    /// A test that other code brings cannot judge the value.
    pub fn holds(&self, value: &Value) -> Result<bool, String> {
        match &self.kind {
            Kind::Exists => Ok(!matches!(value, Value::Null)),
            Kind::NotExists => Ok(matches!(value, Value::Null)),
            Kind::Custom(function) => function(value),
        }
    }
}

impl fmt::Debug for ValueTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValueTest({})", self.name)
    }
}

/// Those that other code brings.
pub static REGISTERED: Registry<Function> = Registry::new("test");

/// Adds a test for all suites that are read from now on.
///
/// # Errors
/// The name is taken.
pub fn register_test(name: &str, test: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Result<(), String> {
    REGISTERED.add(name, TESTS, Arc::new(move |value| Ok(test(value))))
}

/// All names, built-in and registered.
pub fn test_names() -> Vec<String> {
    REGISTERED.names_after(TESTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_null_does_not_exist() {
        let exists = ValueTest::by_name("exists").unwrap();
        let not_exists = ValueTest::by_name("not_exists").unwrap();
        for value in [Value::Bool(false), "".into(), 0.into(), Value::List(vec![])] {
            assert_eq!((exists.holds(&value), not_exists.holds(&value)), (Ok(true), Ok(false)), "{value:?}");
        }
        assert_eq!((exists.holds(&Value::Null), not_exists.holds(&Value::Null)), (Ok(false), Ok(true)));
        assert!(ValueTest::by_name("Exists").is_none());
    }

    #[test]
    fn a_test_can_be_registered_once() {
        register_test("is_even", |value| matches!(value, Value::Int(n) if n % 2 == 0)).unwrap();
        assert!(register_test("is_even", |_| true).is_err() && register_test("exists", |_| true).is_err());
        assert_eq!(ValueTest::by_name("is_even").unwrap().holds(&2.into()), Ok(true));
    }
}
