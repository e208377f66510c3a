//! Hints about polls: limits that leave no room for a second one, conditions that exclude each other.

use super::hint;
use crate::ground::source::Fault;
use crate::judge::validate::Validator;
use crate::test::definition::Test;
use crate::variables::context::Context;

/// Looks over what a test waits for.
pub(super) fn look_over(test: &Test, hints: &mut Vec<Fault>) {
    let Some(poll) = &test.poll else { return };
    let seconds = |time: std::time::Duration| time.as_secs_f64();
    if poll.timeout < poll.interval {
        let message = format!(
            "poll: timeout of {} s is less than interval of {} s, so it is polled once",
            seconds(poll.timeout),
            seconds(poll.interval)
        );
        hint(hints, &poll.location, message);
    }
    let nothing = Context::new();
    let claims = |conditions: &[Validator]| conditions.iter().map(|one| one.claim(&nothing)).collect::<Vec<String>>();
    let (until, fail_if) = (claims(&poll.until), claims(&poll.fail_if));
    // Of a schema its claim says nothing but that it is one.
    let says_all = |condition: &Validator| !condition.is_heavy();
    let same =
        poll.fail_if.iter().zip(&fail_if).find(|(condition, claim)| says_all(condition) && until.contains(*claim));
    if let Some((condition, claim)) = same {
        let message = format!("fail_if is equal to until ({claim}), and is asked first: it can never be settled");
        hint(hints, &condition.location, message);
    }
}
