//! `tolerance` of `close_to`: how far a number may be from the expected one.
//!
//! Owns: its two forms. Does not: compare (see `added`).

use crate::ground::value::Value;
use crate::judge::wording::shown;
use crate::variables::context::Context;
use crate::variables::template::Template;

/// A number, 0 or more.
#[derive(Debug, Clone, PartialEq)]
pub enum Tolerance {
    /// As written.
    Number(f64),
    /// Rendered for each response.
    Template(Box<Template>),
}

impl Tolerance {
    /// A number, if it can be a tolerance.
    pub fn of(number: f64) -> Option<Tolerance> {
        is_tolerance(number).then_some(Tolerance::Number(number))
    }

    /// The number of a template in a context; nothing where it is a number already.
    pub(super) fn settled(&self, context: &Context) -> Result<Option<f64>, String> {
        let Tolerance::Template(template) = self else { return Ok(None) };
        let text = template.render(context);
        match text.trim().parse().ok().filter(|number| is_tolerance(*number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let (written, text) = (template.source(), shown(&Value::Str(text)));
                Err(format!("tolerance {written} is {text}, which is no number, 0 or more"))
            }
        }
    }

    /// The template variables that it uses.
    pub(super) fn variables(&self) -> Vec<String> {
        match self {
            Tolerance::Number(_) => Vec::new(),
            Tolerance::Template(template) => template.variables().map(str::to_owned).collect(),
        }
    }
}

fn is_tolerance(number: f64) -> bool {
    number >= 0.0 && number.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_must_come_to_a_number() {
        let mut context = Context::new();
        context.bind("a", 0.5.into());
        context.bind("b", "far".into());
        context.bind("c", (-1).into());
        for (template, expected) in [
            ("$a", Ok(Some(0.5))),
            (" 1e3 ", Ok(Some(1000.0))),
            ("$b", Err("tolerance $b is \"far\", which is no number, 0 or more")),
            ("$c", Err("tolerance $c is \"-1\", which is no number, 0 or more")),
            ("inf", Err("tolerance inf is \"inf\", which is no number, 0 or more")),
            ("NaN", Err("tolerance NaN is \"NaN\", which is no number, 0 or more")),
        ] {
            let tolerance = Tolerance::Template(Box::new(Template::parse(template)));
            assert_eq!(tolerance.settled(&context), expected.map_err(str::to_owned), "{template}");
        }
        assert_eq!(Tolerance::Number(1.0).settled(&context), Ok(None));
        assert_eq!((Tolerance::of(-1.0), Tolerance::of(f64::INFINITY)), (None, None));
    }
}
