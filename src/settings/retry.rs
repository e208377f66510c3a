//! What one layer sets of `retry:`, and how layers lie over each other.
//!
//! Owns: the keys of `retry:`, each with its origin. Does not: read them from a suite (see `suite::retry`), or say
//! what they mean (see `retry`).
//!
//! A key is one line of `retry_keys!`: what holds it in a layer, merges it, resolves and shows it it is made from
//! that line. Besides, it is a field of `RetryConfig` with its default, a row of the suites' key table, and a row
//! of the flags.

use std::time::Duration;

use crate::retry::RetryConfig;
use crate::settings::origin::{Origin, Setting};

/// What was read of a key of `retry:`.
#[derive(Debug, Clone, PartialEq)]
pub enum RetryValue {
    /// A count.
    Count(u32),
    /// A time.
    Time(Duration),
    /// HTTP statuses.
    Statuses(Vec<u16>),
    /// HTTP methods, upper-case.
    Methods(Vec<String>),
}

/// A kind of value that a key can hold, taken out of what was read.
trait Held: Sized {
    fn of(value: RetryValue) -> Option<Self>;
}

/// A value in force, as people read it; `None` for what is not worth a line.
trait Shown {
    fn shown(&self) -> Option<String>;
}

macro_rules! retry_keys {
    ($($(#[$doc:meta])* $key:ident: $holds:ty,)*) => {
        /// What one layer sets of `retry:`; every key is resolved by itself.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct RetryLayer {
            $($(#[$doc])* pub $key: Option<Setting<$holds>>,)*
        }

        impl RetryLayer {
            /// Sets a key; false if there is none of that name which holds such a value.
            pub fn set(&mut self, key: &str, value: RetryValue, origin: Origin) -> bool {
                match key {
                    $(stringify!($key) => match <$holds>::of(value) {
                        Some(value) => {
                            self.$key = Some(Setting::new(value, origin));
                            true
                        }
                        None => false,
                    },)*
                    _ => false,
                }
            }

            /// Lays a stronger layer over this one: what it sets replaces what is here.
            pub fn lay_over(&mut self, stronger: &RetryLayer) {
                $(if stronger.$key.is_some() {
                    self.$key.clone_from(&stronger.$key);
                })*
            }

            /// Says who sets what is set.
            pub fn set_by(&mut self, origin: &Origin) {
                $(if let Some(setting) = &mut self.$key {
                    setting.origin = origin.clone();
                })*
            }

            /// What is in force where this is what all layers set together.
            pub fn config(&self) -> RetryConfig {
                let mut config = RetryConfig::default();
                $(if let Some(set) = &self.$key {
                    config.$key = set.value.clone().into();
                })*
                config
            }

            /// Every key in force, as people read it, with its origin.
            pub fn shown(&self) -> Vec<(&'static str, String, Origin)> {
                let config = self.config();
                let origin = |set: Option<&Origin>| set.cloned().unwrap_or_default();
                [$((stringify!($key), config.$key.shown(), origin(self.$key.as_ref().map(|set| &set.origin))),)*]
                    .into_iter()
                    .filter_map(|(key, shown, origin)| Some((key, shown?, origin)))
                    .collect()
            }
        }
    };
}

retry_keys! {
    /// `max_retries`.
    max_retries: u32,
    /// `backoff_base`.
    backoff_base: Duration,
    /// `backoff_max`.
    backoff_max: Duration,
    /// `retry_statuses`.
    retry_statuses: Vec<u16>,
    /// `methods`.
    methods: Vec<String>,
}

impl Held for u32 {
    fn of(value: RetryValue) -> Option<u32> {
        if let RetryValue::Count(count) = value { Some(count) } else { None }
    }
}

impl Held for Duration {
    fn of(value: RetryValue) -> Option<Duration> {
        if let RetryValue::Time(time) = value { Some(time) } else { None }
    }
}

impl Held for Vec<u16> {
    fn of(value: RetryValue) -> Option<Vec<u16>> {
        if let RetryValue::Statuses(statuses) = value { Some(statuses) } else { None }
    }
}

impl Held for Vec<String> {
    fn of(value: RetryValue) -> Option<Vec<String>> {
        if let RetryValue::Methods(methods) = value { Some(methods) } else { None }
    }
}

impl Shown for u32 {
    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Shown for Duration {
    fn shown(&self) -> Option<String> {
        Some(format!("{} s", self.as_secs_f64()))
    }
}

impl Shown for Vec<u16> {
    fn shown(&self) -> Option<String> {
        Some(self.iter().map(u16::to_string).collect::<Vec<_>>().join(" "))
    }
}

impl Shown for Option<Vec<String>> {
    fn shown(&self) -> Option<String> {
        self.as_ref().map(|methods| methods.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stronger_layer_replaces_what_it_sets_and_nothing_else() {
        let flag = || Origin::CommandLine("max-retries");
        let mut layer = RetryLayer::default();
        assert!(layer.set("max_retries", RetryValue::Count(1), Origin::Default));
        assert!(layer.set("backoff_base", RetryValue::Time(Duration::ZERO), Origin::Default));
        let mut stronger = RetryLayer::default();
        assert!(stronger.set("max_retries", RetryValue::Count(2), flag()));
        assert!(stronger.set("methods", RetryValue::Methods(vec!["PUT".to_owned()]), flag()));
        layer.lay_over(&stronger);
        assert_eq!(layer.max_retries, Some(Setting::new(2, flag())));
        let config = layer.config();
        assert_eq!((config.max_retries, config.backoff_base), (2, Duration::ZERO));
        assert_eq!((config.retry_statuses.len(), config.methods), (4, Some(vec!["PUT".to_owned()])));
        let shown: Vec<String> =
            layer.shown().iter().map(|(key, value, origin)| format!("{key} {value} ({origin})")).collect();
        let expected = [
            "max_retries 2 (--max-retries)",
            "backoff_base 0 s (default)",
            "backoff_max 30 s (default)",
            "retry_statuses 500 502 503 504 (default)",
            "methods PUT (--max-retries)",
        ];
        assert_eq!(shown, expected);
        assert_eq!(RetryLayer::default().config(), RetryConfig::default());
        assert!(!layer.set("max_retry", RetryValue::Count(2), flag()));
        assert!(!layer.set("max_retries", RetryValue::Statuses(vec![500]), flag()));
    }
}
