//! Generators: endless sources of values for variables.
//!
//! Owns: the built-in kinds, the named character sets, generators that other code registers.
//! Does not: read their configuration from a suite, bind values (see `context`), read the
//! environment itself: the caller hands in a look-up.

mod character_sets;
mod dates;
mod environment;
mod people;
mod uuid;

use std::hash::{BuildHasher as _, RandomState};

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub use character_sets::{character_set, character_set_names};
use environment::names;

pub use dates::{Dates, Format, parse_offset, parse_zone};
pub use environment::expand;

use crate::ground::clock::{Clock, SystemClock};
use crate::ground::registry::Registry;
use crate::ground::value::{Dict, Value};
use crate::variables::seeds::Draws;

/// The names of the built-in kinds, as `type:` has them.
pub const TYPES: &[&str] = &[
    "env_variable",
    "env_string",
    "number_sequence",
    "random_int",
    "random_text",
    "fixed_sequence",
    "choice",
    "uuid",
    "date",
    "random_float",
    "random_bool",
    "email",
    "name",
    "phone",
    "ipv4",
    "sequence_file",
];

/// The longest `random_text`: 16 MiB of characters, so that a slip of the pen cannot eat the memory.
pub const LONGEST_TEXT: usize = 16 * 1024 * 1024;

/// Looks up an environment variable.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A source of values; safe to step from several threads, each value is handed out once.
pub struct Generator {
    kind: Kind,
}

enum Kind {
    NumberSequence { next: Mutex<i128>, increment: i128 },
    RandomInt(Draws),
    RandomText { characters: Vec<char>, min: usize, max: usize, draws: Draws },
    RandomFloat { min: f64, max: f64, draws: Draws },
    RandomBool(Draws),
    FixedSequence { values: Vec<Value>, next: AtomicUsize },
    Choice { values: Vec<Value>, draws: Draws },
    Uuid { version: UuidVersion, last: uuid::Last, draws: Draws },
    Date(Dates),
    Made { make: fn(&mut fastrand::Rng) -> String, draws: Draws },
    EnvVariable { name: String, environment: Environment },
    EnvString { text: String, environment: Environment },
    Custom(Arc<dyn Fn() -> Result<Value, String> + Send + Sync>),
}

/// A version of UUIDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UuidVersion {
    /// All at random.
    V4,
    /// Sorted by time.
    V7,
}

/// Where UUIDs of version 7 begin under a seed that somebody chose: they repeat, so their time is not today's.
const SEEDED_TIME: u64 = 1_767_225_600_000;

/// A UUID of version 4 that no seed repeats: a server must not take this run's requests for those of another.
pub fn unrepeatable_uuid() -> String {
    let half = || u128::from(RandomState::new().hash_one(0_u8));
    uuid::v4((half() << 64) | half())
}

/// The UUID of version 4 of these random bits.
pub fn uuid_of(random: u128) -> String {
    uuid::v4(random)
}

impl Generator {
    /// UUIDs.
    pub fn uuid(version: UuidVersion, draws: Draws) -> Generator {
        Generator { kind: Kind::Uuid { version, last: uuid::Last::default(), draws } }
    }

    /// The time when it is asked.
    pub fn date(dates: Dates) -> Generator {
        Generator { kind: Kind::Date(dates) }
    }

    /// Numbers from `min` to `max`.
    ///
    /// # Errors
    /// They are out of order, or not finite.
    pub fn random_float(min: f64, max: f64, draws: Draws) -> Result<Generator, String> {
        if !min.is_finite() || !max.is_finite() || !(max - min).is_finite() {
            return Err("min and max must be finite numbers".to_owned());
        }
        if min > max {
            return Err(format!("min {min} is more than max {max}"));
        }
        Ok(Generator { kind: Kind::RandomFloat { min, max, draws } })
    }

    /// True or false.
    pub fn random_bool(draws: Draws) -> Generator {
        Generator { kind: Kind::RandomBool(draws) }
    }

    /// Names of people.
    pub fn name(draws: Draws) -> Generator {
        Generator { kind: Kind::Made { make: people::name, draws } }
    }

    /// Mail addresses that nobody has.
    pub fn email(draws: Draws) -> Generator {
        Generator { kind: Kind::Made { make: people::email, draws } }
    }

    /// Telephone numbers that nobody has.
    pub fn phone(draws: Draws) -> Generator {
        Generator { kind: Kind::Made { make: people::phone, draws } }
    }

    /// Internet addresses that nobody has.
    pub fn ipv4(draws: Draws) -> Generator {
        Generator { kind: Kind::Made { make: people::ipv4, draws } }
    }

    /// `start`, `start + increment`, and so on; past the largest number it goes on at the smallest.
    pub fn number_sequence(start: i128, increment: i128) -> Generator {
        Generator { kind: Kind::NumberSequence { next: Mutex::new(start), increment } }
    }

    /// Whole numbers from 0 to 2147483647.
    pub fn random_int(draws: Draws) -> Generator {
        Generator { kind: Kind::RandomInt(draws) }
    }

    /// Texts of `min` to `max` of these characters; one that is listed twice comes twice as often.
    ///
    /// # Errors
    /// There are no characters, or the lengths make no sense.
    pub fn random_text(characters: &str, min: usize, max: usize, draws: Draws) -> Result<Generator, String> {
        let characters: Vec<char> = characters.chars().collect();
        if characters.is_empty() {
            return Err("random_text needs at least one character to draw from".to_owned());
        }
        if min > max {
            return Err(format!("min_length {min} is more than max_length {max}"));
        }
        if max > LONGEST_TEXT {
            return Err(format!("a random text of {max} characters is too long; {LONGEST_TEXT} is the most"));
        }
        Ok(Generator { kind: Kind::RandomText { characters, min, max, draws } })
    }

    /// These values in order, over and over.
    ///
    /// # Errors
    /// There are none.
    pub fn fixed_sequence(values: Vec<Value>) -> Result<Generator, String> {
        if values.is_empty() {
            return Err("fixed_sequence needs a list of values that is not empty".to_owned());
        }
        Ok(Generator { kind: Kind::FixedSequence { values, next: AtomicUsize::new(0) } })
    }

    /// One of these values at random, each time anew.
    ///
    /// # Errors
    /// There are none.
    pub fn choice(values: Vec<Value>, draws: Draws) -> Result<Generator, String> {
        if values.is_empty() {
            return Err("choice needs a list of values that is not empty".to_owned());
        }
        Ok(Generator { kind: Kind::Choice { values, draws } })
    }

    /// An environment variable, looked up each time; `null` while it is not set.
    pub fn env_variable(name: impl Into<String>, environment: Environment) -> Generator {
        Generator { kind: Kind::EnvVariable { name: name.into(), environment } }
    }

    /// A text in which `$X` and `${X}` are environment variables; what is not set stays as written.
    pub fn env_string(text: impl Into<String>, environment: Environment) -> Generator {
        Generator { kind: Kind::EnvString { text: text.into(), environment } }
    }

    /// The environment variables that it reads, with what they are now.
    pub fn environment_values(&self) -> Vec<(String, String)> {
        let (names, environment) = match &self.kind {
            Kind::EnvVariable { name, environment } => (vec![name.as_str()], environment),
            Kind::EnvString { text, environment } => (names(text), environment),
            _ => return Vec::new(),
        };
        names.into_iter().filter_map(|name| Some((name.to_owned(), environment(name)?))).collect()
    }

    /// Whatever the function gives.
    pub fn custom(next: impl Fn() -> Value + Send + Sync + 'static) -> Generator {
        Generator::fallible(Arc::new(move || Ok(next())))
    }

    /// Whatever the function gives, which may say why it gives nothing.
    pub fn fallible(next: Arc<dyn Fn() -> Result<Value, String> + Send + Sync>) -> Generator {
        Generator { kind: Kind::Custom(next) }
    }

    /// The next value.
    ///
    /// # Errors
    /// The one that other code brings has none; in words.
    pub fn next(&self) -> Result<Value, String> {
        Ok(match &self.kind {
            Kind::NumberSequence { next, increment } => {
                let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
                let value = *next;
                *next = value.wrapping_add(*increment);
                Value::Int(value)
            }
            Kind::RandomInt(draws) => Value::Int(draws.next().u32(0..=0x7fff_ffff).into()),
            Kind::RandomText { characters, min, max, draws } => {
                let mut random = draws.next();
                let length = random.usize(*min..=*max);
                Value::Str((0..length).filter_map(|_| random.choice(characters)).collect())
            }
            Kind::RandomFloat { min, max, draws } => Value::Float(min + draws.next().f64() * (max - min)),
            Kind::RandomBool(draws) => Value::Bool(draws.next().bool()),
            Kind::Uuid { version: UuidVersion::V4, draws, .. } => Value::Str(uuid::v4(draws.next().u128(..))),
            Kind::Uuid { version: UuidVersion::V7, last, draws } => {
                let mut random = draws.next();
                let millis = if draws.is_given() { SEEDED_TIME } else { millis_now() };
                let (millis, counter) = last.advance(millis, random.u16(..));
                Value::Str(uuid::v7(millis, counter, random.u64(..)))
            }
            Kind::Date(dates) => dates.value(SystemClock.date()),
            Kind::Made { make, draws } => Value::Str(make(&mut draws.next())),
            Kind::FixedSequence { values, next } => {
                let at = next.fetch_add(1, Ordering::Relaxed) % values.len().max(1);
                values.get(at).cloned().unwrap_or(Value::Null)
            }
            Kind::Choice { values, draws } => draws.next().choice(values).cloned().unwrap_or(Value::Null),
            Kind::EnvVariable { name, environment } => environment(name).map_or(Value::Null, Value::Str),
            Kind::EnvString { text, environment } => Value::Str(expand(text, &**environment)),
            Kind::Custom(next) => return next(),
        })
    }

    /// Values that it gives, as far as they are known without asking for one.
    pub fn foretold(&self) -> Vec<Value> {
        match &self.kind {
            Kind::RandomBool(_) => vec![Value::Bool(true), Value::Bool(false)],
            Kind::FixedSequence { values, .. } | Kind::Choice { values, .. } => values.clone(),
            _ => Vec::new(),
        }
    }

    fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::NumberSequence { .. } => "number_sequence",
            Kind::RandomInt(_) => "random_int",
            Kind::RandomFloat { .. } => "random_float",
            Kind::RandomBool(_) => "random_bool",
            Kind::Uuid { .. } => "uuid",
            Kind::Date(_) => "date",
            Kind::Made { .. } => "of people",
            Kind::RandomText { .. } => "random_text",
            Kind::FixedSequence { .. } => "fixed_sequence",
            Kind::Choice { .. } => "choice",
            Kind::EnvVariable { .. } => "env_variable",
            Kind::EnvString { .. } => "env_string",
            Kind::Custom(_) => "custom",
        }
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Generator({})", self.type_name())
    }
}

fn millis_now() -> u64 {
    let since = SystemClock.date().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as u64
}

/// Makes a generator from its configuration, whose keys are lower-case.
pub type Parse = dyn Fn(&Dict) -> Result<Generator, String> + Send + Sync;

/// The kinds that other code brings.
pub static REGISTERED: Registry<Parse> = Registry::new("generator");

/// Adds a kind of generator for all suites that are read from now on.
///
/// # Errors
/// The name is taken. It should be lower-case, since `type:` is lower-cased before it is looked up.
pub fn register_generator(
    name: &str,
    parse: impl Fn(&Dict) -> Result<Generator, String> + Send + Sync + 'static,
) -> Result<(), String> {
    REGISTERED.add(name, TYPES, Arc::new(parse))
}

/// Makes a generator of a registered kind; `None` if there is no such kind.
pub fn registered(name: &str, config: &Dict) -> Option<Result<Generator, String>> {
    REGISTERED.get(name).map(|parse| parse(config))
}

/// All kinds, built-in and registered.
pub fn type_names() -> Vec<String> {
    REGISTERED.names_after(TYPES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws() -> Draws {
        Draws::new(3)
    }

    fn texts(generator: &Generator, count: usize) -> Vec<String> {
        (0..count).map(|_| generator.next().unwrap().to_text()).collect()
    }

    #[test]
    fn sequences_advance() {
        assert_eq!(texts(&Generator::number_sequence(0, 1), 3), ["0", "1", "2"]);
        assert_eq!(texts(&Generator::number_sequence(3, -2), 3), ["3", "1", "-1"]);
        assert_eq!(texts(&Generator::number_sequence(i128::MAX, 1), 2), [i128::MAX.to_string(), i128::MIN.to_string()]);
        let fixed = Generator::fixed_sequence(vec!["a".into(), 3.into()]).unwrap();
        assert_eq!(texts(&fixed, 5), ["a", "3", "a", "3", "a"]);
    }

    #[test]
    fn each_number_is_handed_out_once() {
        let generator = Generator::number_sequence(0, 1);
        let mut seen: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| texts(&generator, 500))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 2000);
    }

    #[test]
    fn random_values_keep_to_their_range() {
        let text = Generator::random_text("aé", 2, 4, draws()).unwrap();
        for value in texts(&text, 200) {
            assert!((2..=4).contains(&value.chars().count()) && value.chars().all(|c| "aé".contains(c)), "{value}");
        }
        assert_eq!(texts(&Generator::random_text("x", 0, 0, draws()).unwrap(), 1), [""]);
        let int = Generator::random_int(draws());
        for _ in 0..200 {
            assert!(matches!(int.next(), Ok(Value::Int(0..=2_147_483_647))));
        }
        let choice = Generator::choice(vec![1.into(), Value::Null], draws()).unwrap();
        assert!(texts(&choice, 50).iter().all(|value| value == "1" || value == "None"));
        let float = Generator::random_float(-1.5, 2.0, draws()).unwrap();
        for _ in 0..200 {
            assert!(matches!(float.next(), Ok(Value::Float(number)) if (-1.5..=2.0).contains(&number)));
        }
        let flips = texts(&Generator::random_bool(draws()), 100);
        assert!(flips.contains(&"True".to_owned()) && flips.contains(&"False".to_owned()));
    }

    #[test]
    fn uuids_are_of_their_version_and_differ() {
        for (version, digit) in [(UuidVersion::V4, '4'), (UuidVersion::V7, '7')] {
            let generator = Generator::uuid(version, draws());
            let made = texts(&generator, 300);
            for uuid in &made {
                let bytes = uuid.as_bytes();
                assert!(uuid.len() == 36 && [8, 13, 18, 23].iter().all(|at| bytes[*at] == b'-'), "{uuid}");
                assert!(uuid[14..].starts_with(digit) && "89ab".contains(&uuid[19..20]), "{uuid}");
            }
            let mut unique = made.clone();
            unique.sort();
            assert!(digit == '4' || unique == made, "sorted as they are made");
            unique.dedup();
            assert_eq!(unique.len(), 300);
            assert_eq!(texts(&Generator::uuid(version, draws()), 300), made, "they repeat with the seed");
        }
    }

    #[test]
    fn what_cannot_generate_is_refused() {
        assert!(Generator::random_text("", 1, 2, draws()).is_err());
        assert!(Generator::random_text("a", 3, 2, draws()).is_err());
        assert!(Generator::random_text("a", 0, usize::MAX, draws()).is_err());
        assert!(Generator::fixed_sequence(vec![]).is_err() && Generator::choice(vec![], draws()).is_err());
        assert!(Generator::random_float(2.0, 1.0, draws()).is_err());
        assert!(Generator::random_float(f64::MIN, f64::MAX, draws()).is_err());
    }

    #[test]
    fn the_environment_is_read_at_each_step() {
        let environment: Environment = Arc::new(|name| (name == "X").then(|| "x$X".to_owned()));
        assert_eq!(Generator::env_variable("X", environment.clone()).next().unwrap().to_text(), "x$X");
        assert!(matches!(Generator::env_variable("Y", environment.clone()).next(), Ok(Value::Null)));
        assert_eq!(Generator::env_string("$X-$Y", environment).next().unwrap().to_text(), "x$X-$Y");
    }

    #[test]
    fn a_kind_can_be_registered_once() {
        let parse = |config: &Dict| match config.get("word") {
            Some(word) => Ok(Generator::custom({
                let word = word.clone();
                move || word.clone()
            })),
            None => Err("needs a word".to_owned()),
        };
        register_generator("parrot", parse).unwrap();
        assert!(register_generator("parrot", parse).is_err() && register_generator("choice", parse).is_err());
        let config = Dict::from_pairs(vec![("word".into(), "hi".into())]);
        assert_eq!(registered("parrot", &config).unwrap().unwrap().next().unwrap().to_text(), "hi");
        assert!(registered("parrot", &Dict::new()).unwrap().is_err() && registered("nope", &config).is_none());
        assert!(type_names().contains(&"parrot".to_owned()));
    }
}
