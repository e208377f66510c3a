//! What one layer sets of `retry:`, and how layers lie over each other.
//!
//! Owns: the keys of `retry:`, each with its origin. Does not: read them from a suite (see `suite::retry`), or say
//! what they mean (see `retry`).
//!
//! A key is one line of `retry_keys!`: what holds it in a layer, merges it, resolves and shows it it is made from
//! that line. Besides, it is a field of `RetryConfig` with its default, a row of the suites' key table, and a row
//! of the flags. Keys that few tests set have a place of their own, so that the others stay small.

use std::borrow::Cow;
use std::time::Duration;

use crate::exchange::request::ErrorKind;
use crate::retry::{IdempotencyKey, Jitter, Policies, RetryConfig};
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
    /// HTTP methods, upper-case; nothing is all of them.
    Methods(Option<Vec<String>>),
    /// Whether something holds.
    Flag(bool),
    /// How waits are drawn.
    Jitter(Jitter),
    /// Kinds of errors.
    Errors(Vec<ErrorKind>),
    /// What holds for single answers.
    Policies(Policies),
    /// A header, or that there is none.
    Key(Option<IdempotencyKey>),
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
    (
        { $($(#[$doc:meta])* $key:ident: $holds:ty,)* }
        rare { $($(#[$rare_doc:meta])* $rare:ident: $rare_holds:ty,)* }
    ) => {
        /// What one layer sets of `retry:`; every key is resolved by itself.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct RetryLayer {
            $($(#[$doc])* pub $key: Option<Setting<$holds>>,)*
            /// What few layers set.
            pub rare: Option<Box<RareRetryLayer>>,
        }

        /// What few layers set of `retry:`.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct RareRetryLayer {
            $($(#[$rare_doc])* pub $rare: Option<Setting<$rare_holds>>,)*
        }

        impl RetryLayer {
            /// Sets a key; false if there is none of that name which holds such a value.
            pub fn set(&mut self, key: &str, value: RetryValue, origin: Origin) -> bool {
                match key {
                    $(stringify!($key) => match <$holds as Held>::of(value) {
                        Some(value) => {
                            self.$key = Some(Setting::new(value, origin));
                            true
                        }
                        None => false,
                    },)*
                    $(stringify!($rare) => match <$rare_holds as Held>::of(value) {
                        Some(value) => {
                            self.rare.get_or_insert_default().$rare = Some(Setting::new(value, origin));
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
                if let Some(stronger) = &stronger.rare {
                    let rare = self.rare.get_or_insert_default();
                    $(if stronger.$rare.is_some() {
                        rare.$rare.clone_from(&stronger.$rare);
                    })*
                }
            }

            /// Says who sets what is set.
            pub fn set_by(&mut self, origin: &Origin) {
                $(if let Some(setting) = &mut self.$key {
                    setting.origin = origin.clone();
                })*
                if let Some(rare) = &mut self.rare {
                    $(if let Some(setting) = &mut rare.$rare {
                        setting.origin = origin.clone();
                    })*
                }
            }

            /// What is in force where this is what all layers set together.
            pub fn config(&self) -> RetryConfig {
                let mut config = RetryConfig::default();
                $(if let Some(set) = &self.$key {
                    config.$key = set.value.clone().into();
                })*
                if let Some(rare) = &self.rare {
                    $(if let Some(set) = &rare.$rare {
                        config.$rare = set.value.clone().into();
                    })*
                }
                config
            }

            /// Every key in force, as people read it, with its origin.
            pub fn shown(&self) -> Vec<(&'static str, String, Origin)> {
                let config = self.config();
                let none = RareRetryLayer::default();
                let rare = self.rare.as_deref().unwrap_or(&none);
                let origin = |set: Option<&Origin>| set.cloned().unwrap_or_default();
                [
                    $((stringify!($key), config.$key.shown(), origin(self.$key.as_ref().map(|set| &set.origin))),)*
                    $((stringify!($rare), config.$rare.shown(), origin(rare.$rare.as_ref().map(|set| &set.origin))),)*
                ]
                    .into_iter()
                    .filter_map(|(key, shown, origin)| Some((key, shown?, origin)))
                    .collect()
            }
        }
    };
}

retry_keys! {
    {
    /// `max_retries`.
    max_retries: u32,
    /// `backoff_base`.
    backoff_base: Duration,
    /// `backoff_max`.
    backoff_max: Duration,
    /// `retry_statuses`.
    retry_statuses: Vec<u16>,
    /// `methods`.
    methods: Option<Vec<String>>,
    }
    rare {
    /// `jitter`.
    jitter: Jitter,
    /// `respect_retry_after`.
    respect_retry_after: bool,
    /// `retry_after_max`.
    retry_after_max: Duration,
    /// `max_elapsed`.
    max_elapsed: Duration,
    /// `errors`.
    errors: Vec<ErrorKind>,
    /// `policies`.
    policies: Policies,
    /// `idempotency_key`.
    idempotency_key: Option<IdempotencyKey>,
    }
}

impl RetryLayer {
    /// Whether it has waits drawn at random.
    pub fn has_jitter(&self) -> bool {
        let Some(rare) = &self.rare else { return false };
        let drawn = |jitter: Option<Jitter>| jitter.is_some_and(|jitter| jitter != Jitter::None);
        let policies = rare.policies.iter().flat_map(|policies| policies.value.all());
        drawn(rare.jitter.as_ref().map(|set| set.value)) || policies.into_iter().any(|policy| drawn(policy.jitter))
    }
}

macro_rules! held {
    ($($variant:ident: $holds:ty,)*) => {
        $(impl Held for $holds {
            fn of(value: RetryValue) -> Option<$holds> {
                if let RetryValue::$variant(value) = value { Some(value) } else { None }
            }
        })*
    };
}

held! {
    Count: u32,
    Time: Duration,
    Statuses: Vec<u16>,
    Methods: Option<Vec<String>>,
    Flag: bool,
    Jitter: Jitter,
    Errors: Vec<ErrorKind>,
    Policies: Policies,
    Key: Option<IdempotencyKey>,
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

impl Shown for Option<Duration> {
    fn shown(&self) -> Option<String> {
        self.as_ref().and_then(Shown::shown)
    }
}

impl Shown for Jitter {
    fn shown(&self) -> Option<String> {
        Some(self.word().to_owned())
    }
}

impl Shown for bool {
    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Shown for Cow<'static, [ErrorKind]> {
    fn shown(&self) -> Option<String> {
        if self.is_empty() {
            return Some("none".to_owned());
        }
        Some(self.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" "))
    }
}

impl Shown for Policies {
    fn shown(&self) -> Option<String> {
        let all = self.all().iter().map(|policy| {
            let values = [
                ("max_retries", policy.max_retries.and_then(|value| value.shown())),
                ("backoff_base", policy.backoff_base.shown()),
                ("backoff_max", policy.backoff_max.shown()),
                ("jitter", policy.jitter.and_then(|value| value.shown())),
                ("respect_retry_after", policy.respect_retry_after.and_then(|value| value.shown())),
                ("retry_after_max", policy.retry_after_max.shown()),
                ("methods", policy.methods.shown()),
            ];
            let values = values.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?)));
            format!("{}: {}", policy.key, values.collect::<Vec<_>>().join(", "))
        });
        let all: Vec<String> = all.collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

impl Shown for Option<IdempotencyKey> {
    fn shown(&self) -> Option<String> {
        self.as_ref().map(|key| format!("{}{}", key.header, if key.is_quoted { ", quoted" } else { "" }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::{Policy, PolicyKey};

    #[test]
    fn a_stronger_layer_replaces_what_it_sets_and_nothing_else() {
        let flag = || Origin::CommandLine("max-retries");
        let mut layer = RetryLayer::default();
        assert!(layer.set("max_retries", RetryValue::Count(1), Origin::Default));
        assert!(layer.set("backoff_base", RetryValue::Time(Duration::ZERO), Origin::Default));
        assert!(layer.set("max_elapsed", RetryValue::Time(Duration::from_secs(3)), Origin::Default));
        assert!(layer.set("jitter", RetryValue::Jitter(Jitter::Equal), Origin::Default));
        let mut stronger = RetryLayer::default();
        assert!(stronger.set("max_retries", RetryValue::Count(2), flag()));
        assert!(stronger.set("methods", RetryValue::Methods(Some(vec!["PUT".to_owned()])), flag()));
        let policy = Policy { max_retries: Some(4), jitter: Some(Jitter::Equal), ..Policy::new(PolicyKey::Class(5)) };
        assert!(stronger.set("jitter", RetryValue::Jitter(Jitter::Full), flag()));
        assert!(stronger.set("policies", RetryValue::Policies(vec![policy].into()), flag()));
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
            "jitter full (--max-retries)",
            "respect_retry_after true (default)",
            "retry_after_max 60 s (default)",
            "max_elapsed 3 s (default)",
            "errors resolve connect timeout disconnected (default)",
            "policies 5xx: max_retries 4, jitter equal (--max-retries)",
        ];
        assert_eq!(shown, expected);
        assert_eq!(RetryLayer::default().config(), RetryConfig::default());
        assert!(!layer.set("max_retry", RetryValue::Count(2), flag()));
        assert!(!layer.set("max_retries", RetryValue::Statuses(vec![500]), flag()));
    }
}
