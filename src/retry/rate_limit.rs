//! A rate for all sends of a run: a token bucket.
//!
//! Owns: what a rate is and how it is written, when a token is there, the turn of those that wait for one. Does not:
//! know what is sent (see `attempts` and whoever sends).

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::ground::clock::Clock;

/// Waits are cut into pieces this long, so that a stop is noticed.
const NAP: Duration = Duration::from_millis(50);

/// Rates beyond these are slips: a send in three hours, and ten a microsecond.
const A_SECOND: std::ops::RangeInclusive<f64> = 0.0001..=1e7;

/// So much of a send's lateness is made up for by the next one, else each one that wakes late would lower the rate.
const SLACK: u64 = 1_000_000;

/// What is said of a text that is no rate limit.
pub const RATE_LIMIT_FORM: &str = "sends a second or a minute, such as 50, 50/s, 3000/m or 50/s:10";

/// So many sends in a time, and how many of them may come at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// How many sends.
    pub count: f64,
    /// In which time: a second, a minute or an hour.
    pub per: Duration,
    /// How many may come at once where nothing was sent for a while; 1 or more.
    pub burst: u32,
}

impl RateLimit {
    /// `50`, `50/s`, `3000/m`, `9/h`, each with `:BURST` behind it if more than one may come at once.
    pub fn parse(text: &str) -> Option<RateLimit> {
        let (rate, burst) = match text.split_once(':') {
            Some((rate, burst)) => (rate, burst.trim().parse().ok().filter(|burst| *burst > 0)?),
            None => (text, 1),
        };
        let (count, unit) = rate.split_once('/').unwrap_or((rate, "s"));
        let per = match unit.trim() {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        let limit = RateLimit { count: count.trim().parse().ok()?, per: Duration::from_secs(per), burst };
        A_SECOND.contains(&limit.a_second()).then_some(limit)
    }

    /// Sends a second.
    pub fn a_second(self) -> f64 {
        self.count / self.per.as_secs_f64()
    }

    /// The part of each of so many processes: an equal one, of both at least 1, unless the whole is less.
    pub fn part_of(self, processes: u32) -> RateLimit {
        let count = (self.count / f64::from(processes.max(1))).max(self.count.min(1.0));
        RateLimit { count, burst: (self.burst / processes.max(1)).max(1), ..self }
    }

    /// Nanoseconds from one send to the next.
    fn step(self) -> u64 {
        (self.per.as_nanos() as f64 / self.count).ceil().max(1.0) as u64
    }
}

impl fmt::Display for RateLimit {
    /// `50/s`, `3000/m:10`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.per.as_secs() {
            60 => 'm',
            3600 => 'h',
            _ => 's',
        };
        write!(f, "{}/{unit}", self.count)?;
        if self.burst > 1 { write!(f, ":{}", self.burst) } else { Ok(()) }
    }
}

/// A bucket's decision at a time, all in nanoseconds since it was made: when the next token would come if this one is
/// taken, or else from when on it may be. `next` is when one would come at an even rate of one in each `step`.
pub(super) fn take_token(next: u64, now: u64, step: u64, burst: u32) -> Result<u64, u64> {
    let ahead = step.saturating_mul(u64::from(burst.saturating_sub(1)));
    if next > now.saturating_add(ahead) {
        return Err(next - ahead);
    }
    let made_up = now.saturating_sub(SLACK.min(step / 2));
    Ok(next.max(made_up).saturating_add(step))
}

/// The tokens of a rate limit, for any number of threads.
#[derive(Debug)]
pub struct Bucket {
    limit: RateLimit,
    step: u64,
    /// When somebody first asked.
    start: OnceLock<Instant>,
    /// When the next token comes, in nanoseconds since then.
    next: AtomicU64,
    sends: AtomicU64,
    /// Whoever waits for a token holds it; the others wait behind.
    turn: Mutex<()>,
}

impl Bucket {
    /// A full one.
    pub fn new(limit: RateLimit) -> Bucket {
        Bucket {
            limit,
            step: limit.step(),
            start: OnceLock::new(),
            next: AtomicU64::new(0),
            sends: AtomicU64::new(0),
            turn: Mutex::new(()),
        }
    }

    /// What it keeps to.
    pub fn limit(&self) -> RateLimit {
        self.limit
    }

    /// How many tokens were taken.
    pub fn sends(&self) -> u64 {
        self.sends.load(Ordering::Relaxed)
    }

    /// Takes a token.
    ///
    /// # Errors
    /// There is none: when it is worth asking again.
    pub fn take(&self, now: Instant) -> Result<(), Instant> {
        let (start, now) = self.since_start(now);
        let token = |next| take_token(next, now, self.step, self.limit.burst);
        let taken = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| token(next).ok());
        match taken {
            Ok(_) => {
                self.sends.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(next) => Err(Bucket::at(start, token(next).err().unwrap_or(now))),
        }
    }

    /// When there is a token, if there is none now.
    pub fn lacks_until(&self, now: Instant) -> Option<Instant> {
        let (start, now) = self.since_start(now);
        let token = take_token(self.next.load(Ordering::Relaxed), now, self.step, self.limit.burst);
        token.err().map(|at| Bucket::at(start, at))
    }

    /// Waits for a token and takes it; false if the run was stopped before that.
    pub fn wait(&self, clock: &dyn Clock, stopped: &dyn Fn() -> bool) -> bool {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        while !stopped() {
            let now = clock.now();
            match self.take(now) {
                Ok(()) => return true,
                Err(at) => {
                    let nap = at.saturating_duration_since(now).min(NAP);
                    clock.sleep(nap);
                    // A clock that does not wait any more ends the run.
                    if clock.now().saturating_duration_since(now) < nap {
                        return false;
                    }
                }
            }
        }
        false
    }

    fn since_start(&self, now: Instant) -> (Instant, u64) {
        let start = *self.start.get_or_init(|| now);
        let elapsed = now.saturating_duration_since(start).as_nanos();
        (start, u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    /// A time that no clock can show is never waited for to its end.
    fn at(start: Instant, nanos: u64) -> Instant {
        const FAR: Duration = Duration::from_secs(86_400);
        start.checked_add(Duration::from_nanos(nanos)).unwrap_or(start + FAR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::clock::FakeClock;

    #[test]
    fn rates_are_written_in_few_ways() {
        let second = Duration::from_secs(1);
        for (text, count, per, burst, shown) in [
            ("50", 50.0, second, 1, "50/s"),
            ("50/s", 50.0, second, 1, "50/s"),
            (" 50 / s : 10 ", 50.0, second, 10, "50/s:10"),
            ("3000/m", 3000.0, second * 60, 1, "3000/m"),
            ("0.5:2", 0.5, second, 2, "0.5/s:2"),
            ("90/h", 90.0, second * 3600, 1, "90/h"),
        ] {
            let limit = RateLimit { count, per, burst };
            assert_eq!((RateLimit::parse(text), limit.to_string().as_str()), (Some(limit), shown), "{text}");
        }
        for text in
            ["", "x", "50/d", "50/", "/s", "50:", "50:0", "50:-1", "50:x", "0", "-1", "nan", "inf", "1e8", "0.001/m"]
        {
            assert_eq!(RateLimit::parse(text), None, "{text}");
        }
    }

    #[test]
    fn processes_have_equal_parts_of_at_least_one() {
        for (text, processes, part) in [
            ("50/s:10", 4, "12.5/s:2"),
            ("50/s", 1, "50/s"),
            ("50/s", 0, "50/s"),
            ("3/s:2", 8, "1/s"),
            ("30/m:9", 3, "10/m:3"),
            ("0.5/s", 4, "0.5/s"),
        ] {
            assert_eq!(RateLimit::parse(text).unwrap().part_of(processes).to_string(), part, "{text} {processes}");
        }
    }

    #[test]
    fn a_token_is_there_or_it_is_known_when() {
        const MS: u64 = 1_000_000;
        let table = [
            // next, now, step, burst; what comes of it.
            (0, 0, 20 * MS, 1, Ok(20 * MS)),
            (20 * MS, 0, 20 * MS, 1, Err(20 * MS)),
            (20 * MS, 19 * MS, 20 * MS, 1, Err(20 * MS)),
            (20 * MS, 20 * MS, 20 * MS, 1, Ok(40 * MS)),
            // A little late is made up for, much is not.
            (20 * MS, 20 * MS + 300, 20 * MS, 1, Ok(40 * MS)),
            (20 * MS, 70 * MS, 20 * MS, 1, Ok(89 * MS)),
            // So many at once.
            (20 * MS, 0, 20 * MS, 3, Ok(40 * MS)),
            (40 * MS, 0, 20 * MS, 3, Ok(60 * MS)),
            (60 * MS, 0, 20 * MS, 3, Err(20 * MS)),
            (1, 0, 1, u32::MAX, Ok(2)),
            (u64::MAX, 0, 1, 1, Err(u64::MAX)),
            (u64::MAX, u64::MAX, u64::MAX, u32::MAX, Ok(u64::MAX)),
        ];
        for (next, now, step, burst, token) in table {
            assert_eq!(take_token(next, now, step, burst), token, "{next} {now} {step} {burst}");
        }
    }

    #[test]
    fn who_waits_gets_the_rate_and_the_burst() {
        for (text, sends, ms) in [("50/s", 11, 200), ("50/s:5", 11, 120), ("1000", 101, 100), ("6/m:2", 3, 10_000)] {
            let clock = FakeClock::default();
            let bucket = Bucket::new(RateLimit::parse(text).unwrap());
            assert!((0..sends).all(|_| bucket.wait(&clock, &|| false)));
            assert_eq!((clock.slept().as_millis(), bucket.sends()), (ms, sends), "{text}");
        }
        let clock = FakeClock::default();
        let slow = Bucket::new(RateLimit::parse("1/h").unwrap());
        assert_eq!(slow.lacks_until(clock.now()), None);
        assert!(slow.wait(&clock, &|| false));
        assert!(slow.lacks_until(clock.now()).is_some());
        assert!(!slow.wait(&clock, &|| clock.slept() > NAP), "a stop is noticed");
        assert_eq!((slow.sends(), clock.slept()), (1, NAP * 2));
    }

    /// A clock of a run whose time is over: it waits for nothing.
    struct Over(Instant);

    impl Clock for Over {
        fn now(&self) -> Instant {
            self.0
        }

        fn sleep(&self, _: Duration) {}
    }

    #[test]
    fn where_no_time_is_left_nobody_waits() {
        let (clock, bucket) = (Over(Instant::now()), Bucket::new(RateLimit::parse("1/h").unwrap()));
        assert!(bucket.wait(&clock, &|| false));
        assert!(!bucket.wait(&clock, &|| false));
    }

    #[test]
    fn threads_share_one_bucket() {
        let bucket = Bucket::new(RateLimit::parse("10000000").unwrap());
        let clock = FakeClock::default();
        let now = clock.now() + Duration::from_millis(1);
        // At one moment there is one token, whoever asks.
        let taken: usize = std::thread::scope(|scope| {
            let takers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| (0..100).filter(|_| bucket.take(now).is_ok()).count())).collect();
            takers.into_iter().map(|taker| taker.join().unwrap()).sum()
        });
        assert_eq!((taken, bucket.sends()), (1, 1));
    }
}
