//! A test among others: what it is called there, what it needs, whether it runs at all.
//!
//! Owns: the data, and judging `if` and `skip` over the variables that there are. Does not: know how other tests ended
//! (see `run`), read keys (see `suite`).

use crate::exchange::response::Response;
use crate::ground::source::Location;
use crate::ground::value::Value;
use crate::judge::validate::Validator;
use crate::judge::wording::shown;
use crate::secrets::Secrets;
use crate::variables::context::Context;

/// What orders a test among the others of its file.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// What `depends_on` calls it, in place of its name.
    pub id: Option<String>,
    /// What must have passed before it.
    pub depends_on: Vec<Need>,
    /// `if`: all of these must hold; nothing where there is none.
    pub condition: Vec<Clause>,
    /// `skip`.
    pub skip: Option<Skip>,
}

/// A test that another one needs.
#[derive(Debug, Clone)]
pub struct Need {
    /// Its id.
    pub id: String,
    /// Where that is written.
    pub location: Location,
}

/// When a test is left out.
#[derive(Debug, Clone)]
pub enum Skip {
    /// Always, with this reason.
    Always(String),
    /// When all of these hold.
    When(Vec<Clause>),
}

/// A part of a condition.
#[derive(Debug, Clone)]
pub enum Clause {
    /// A validator that looks at no answer.
    Holds(Validator),
    /// The variable is true, as Python has it.
    IsTrue(String),
    /// The variable equals the value.
    Is(String, Value),
}

impl Order {
    /// Why `skip` or `if` keeps the test from running in this context; secrets are still in it.
    pub fn refusal(&self, context: &Context) -> Option<String> {
        match &self.skip {
            Some(Skip::Always(reason)) => return Some(reason.clone()),
            Some(Skip::When(clauses)) => {
                let held: Result<Vec<String>, String> = clauses.iter().map(|clause| clause.check(context)).collect();
                if let Ok(held) = held {
                    return Some(format!("skip: {}", held.join(", ")));
                }
            }
            None => {}
        }
        self.condition.iter().find_map(|clause| clause.check(context).err()).map(|why| format!("if: {why}"))
    }

    /// What it says, a key at a time, for people: `needs "login"`, `if stage is "prod"`, `skip "bug 7"`.
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        let nothing = Context::new();
        let mut secrets = Secrets::default();
        self.tell_secrets(&mut secrets, &nothing);
        let all = |clauses: &[Clause]| {
            let claims: Vec<String> = clauses.iter().map(|clause| clause.claim(&nothing)).collect();
            secrets.redact(&claims.join(" and ")).into_owned()
        };
        let mut shown = Vec::new();
        if !self.depends_on.is_empty() {
            let ids: Vec<String> = self.depends_on.iter().map(|need| format!("\"{}\"", need.id)).collect();
            shown.push(("needs", ids.join(", ")));
        }
        if !self.condition.is_empty() {
            shown.push(("if", all(&self.condition)));
        }
        match &self.skip {
            Some(Skip::Always(reason)) => shown.push(("skip", reason.clone())),
            Some(Skip::When(clauses)) => shown.push(("skip if", all(clauses))),
            None => {}
        }
        shown
    }

    /// Whether it never runs, whatever the variables, and why.
    pub fn never(&self) -> Option<&str> {
        match &self.skip {
            Some(Skip::Always(reason)) => Some(reason),
            _ => None,
        }
    }

    /// All parts of both conditions.
    pub fn clauses(&self) -> impl Iterator<Item = &Clause> {
        let skip: &[Clause] = match &self.skip {
            Some(Skip::When(clauses)) => clauses,
            _ => &[],
        };
        self.condition.iter().chain(skip)
    }

    /// The variables that its conditions look at, with repeats.
    pub fn variables(&self) -> Vec<String> {
        let of = |clause: &Clause| match clause {
            Clause::Holds(validator) => validator.variables(),
            Clause::IsTrue(name) | Clause::Is(name, _) => vec![name.clone()],
        };
        self.clauses().flat_map(of).collect()
    }

    /// Adds what its conditions look at under the name of a secret, and what they compare it with.
    pub fn tell_secrets(&self, secrets: &mut Secrets, context: &Context) {
        for clause in self.clauses() {
            match clause {
                Clause::Holds(validator) => validator.tell_secrets(secrets, context),
                Clause::IsTrue(name) if secrets.is_secret_name(name) => context.get(name).iter().for_each(|value| {
                    secrets.add_variable(name, value);
                }),
                Clause::Is(name, expected) if secrets.is_secret_name(name) => {
                    secrets.add_variable(name, expected);
                    context.get(name).iter().for_each(|value| secrets.add_variable(name, value));
                }
                Clause::IsTrue(_) | Clause::Is(..) => {}
            }
        }
    }
}

impl Clause {
    /// What it claims: `stage is "prod"`.
    fn claim(&self, context: &Context) -> String {
        match self {
            Clause::Holds(validator) => validator.claim(context),
            Clause::IsTrue(name) => format!("${name}"),
            Clause::Is(name, expected) => format!("{name} is {}", shown(expected)),
        }
    }

    /// What holds, in words; or why it does not. What nothing has set is not as it must be.
    fn check(&self, context: &Context) -> Result<String, String> {
        match self {
            Clause::Holds(validator) => {
                let judged = validator.check(&Response::default(), context);
                judged.map(|()| self.claim(context)).map_err(|failure| failure.message)
            }
            Clause::IsTrue(name) => match context.get(name) {
                None => Err(format!("nothing has set ${name}")),
                Some(value) if value.is_truthy() => Ok(format!("${name} is {}", shown(value))),
                Some(value) => Err(format!("${name} is {}", shown(value))),
            },
            Clause::Is(name, expected) => match context.get(name) {
                None => Err(format!("nothing has set ${name}")),
                Some(value) if value.py_eq(expected) => Ok(self.claim(context)),
                Some(value) => Err(format!("{name} is {}, not {}", shown(value), shown(expected))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::extract::Extractor;
    use crate::judge::validate::{Comparator, Expected, ValueTest};
    use crate::variables::context::LastTest;
    use crate::variables::template::Text;

    fn extractor(name: &str, query: &str) -> Extractor {
        Extractor::new(name, Text::Plain(query.to_owned())).unwrap()
    }

    fn compare(name: &str, query: &str, comparator: &str, expected: Value) -> Clause {
        let comparator = Comparator::by_name(comparator).unwrap();
        let expected = Expected::Value(expected);
        Clause::Holds(Validator::compare(extractor(name, query), comparator, expected, Location::default()))
    }

    fn exists(name: &str, query: &str, test: &str) -> Clause {
        let test = ValueTest::by_name(test).unwrap();
        Clause::Holds(Validator::extract_test(extractor(name, query), test, Location::default()))
    }

    #[test]
    fn all_parts_of_if_must_hold_and_what_is_not_set_does_not() {
        let mut context = Context::new();
        context.bind("stage", "dev".into());
        context.bind("on", true.into());
        context.bind("off", Value::Int(0));
        context.bind("n", Value::Int(3));
        context.set_last(LastTest { status: Some(201), passed: false });
        let is = |name: &str, value: Value| Clause::Is(name.to_owned(), value);
        let flag = |name: &str| Clause::IsTrue(name.to_owned());
        for (condition, refusal) in [
            (vec![], None),
            (vec![flag("on")], None),
            (vec![flag("off")], Some("if: $off is 0")),
            (vec![flag("none")], Some("if: nothing has set $none")),
            (vec![is("stage", "dev".into()), flag("on")], None),
            (vec![flag("on"), is("stage", "prod".into())], Some("if: stage is \"dev\", not \"prod\"")),
            (vec![is("none", "x".into())], Some("if: nothing has set $none")),
            (vec![is("n", Value::Float(3.0))], None),
            (vec![compare("variable", "n", "gt", Value::Int(2))], None),
            (vec![compare("variable", "n", "gt", Value::Int(5))], Some("if: variable \"n\" gt: expected 5, got 3")),
            (
                vec![compare("variable", "none", "ne", Value::Int(5))],
                Some("if: variable \"none\": nothing has set $none"),
            ),
            (vec![compare("last", "status", "eq", Value::Int(201))], None),
            (
                vec![compare("last", "passed", "eq", true.into())],
                Some("if: last \"passed\" eq: expected true, got false"),
            ),
            (vec![exists("variable", "n", "exists")], None),
            (vec![exists("variable", "none", "not_exists")], None),
        ] {
            let order = Order { condition, ..Order::default() };
            assert_eq!(order.refusal(&context).as_deref(), refusal, "{:?}", order.condition);
        }
        let before_the_first = Order { condition: vec![exists("last", "passed", "exists")], ..Order::default() };
        assert!(before_the_first.refusal(&Context::new()).is_some());
    }

    #[test]
    fn skip_is_a_reason_or_a_condition() {
        let mut context = Context::new();
        context.bind("stage", "prod".into());
        let when = |clauses| Order { skip: Some(Skip::When(clauses)), ..Order::default() };
        let is = |name: &str, value: &str| Clause::Is(name.to_owned(), value.into());
        assert_eq!(when(vec![is("stage", "prod")]).refusal(&context).as_deref(), Some("skip: stage is \"prod\""));
        assert_eq!(when(vec![is("stage", "dev")]).refusal(&context), None);
        assert_eq!(when(vec![is("stage", "prod"), is("none", "x")]).refusal(&context), None);
        assert_eq!(
            when(vec![compare("variable", "stage", "ne", "dev".into())]).refusal(&context).as_deref(),
            Some("skip: variable \"stage\" ne \"dev\"")
        );
        let always = Order { skip: Some(Skip::Always("bug 7".to_owned())), ..Order::default() };
        assert_eq!((always.refusal(&context).as_deref(), always.never()), (Some("bug 7"), Some("bug 7")));
        let both = Order { condition: vec![is("stage", "dev")], ..when(vec![is("stage", "dev")]) };
        assert_eq!(both.refusal(&context).as_deref(), Some("if: stage is \"prod\", not \"dev\""));
    }

    #[test]
    fn what_is_called_like_a_secret_is_told() {
        let mut context = Context::new();
        context.bind("api_token", "t0p-s3cret".into());
        let order = Order {
            condition: vec![
                Clause::Is("api_token".to_owned(), "other-s3cret".into()),
                compare("variable", "api_token", "eq", "third-s3cret".into()),
            ],
            ..Order::default()
        };
        let mut secrets = Secrets::default();
        order.tell_secrets(&mut secrets, &context);
        for secret in ["t0p-s3cret", "other-s3cret", "third-s3cret"] {
            assert!(!secrets.redact(secret).contains("s3cret"), "{secret}");
        }
    }
}
