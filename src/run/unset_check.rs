//! Whether a test may be sent with the variables that are not set, and the warning where it may.
//!
//! Owns: the check before a test, a load run, a benchmark. Does not: know why a variable is not set (see `unset`).

use std::collections::HashSet;

use super::load::Judging;
use super::session::Session;
use super::unset::{Absent, told};
use crate::ground::source::Fault;
use crate::record::event::{Event, Sink};
use crate::secrets::Secrets;
use crate::settings::unset_variables::UnsetVariables;
use crate::test::definition::Test;
use crate::variables::context::Context;

impl Session<'_> {
    /// Those that a load run uses: no generator of it gives them.
    pub(super) fn unset_in_load(&self, test: &Test, context: &Context, judging: Judging) -> Vec<String> {
        let mut names = test.unset_to_send(context);
        if judging == Judging::Everything {
            names.extend(test.unset_to_judge(context));
        }
        names.retain(|name| !test.generator_binds.iter().any(|(variable, _)| variable == name));
        names
    }

    /// What there is to say of variables that a test uses, and that are not set; where they may stay, a warning goes out.
    ///
    /// # Errors
    /// They may not: then that is what is wrong with the test.
    pub(super) fn about_unset(
        &mut self,
        test: &Test,
        names: Vec<String>,
        wanted: UnsetVariables,
        sink: &mut dyn Sink,
    ) -> Result<Option<String>, String> {
        if names.is_empty() {
            return Ok(None);
        }
        for name in &names {
            // As it stands in the place of a token, it is a secret to nobody.
            self.secrets.spare(&format!("${name}"));
            self.secrets.spare(&format!("${{{name}}}"));
        }
        self.read_answers();
        let absent = self.absent(test, names);
        let told = told(&absent);
        match (wanted, told) {
            (UnsetVariables::Error, Some(told)) => Err(told),
            (_, told) => {
                self.warn_of(test, &absent, sink);
                Ok(told)
            }
        }
    }

    fn absent(&self, test: &Test, mut names: Vec<String>) -> Vec<Absent> {
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        let absent = |name: String| {
            let (why, is_told) = self.unset.why(&name, test);
            let mut message = format!("${name} is not set: {why}");
            self.secrets.redact_message(&Secrets::default(), &mut message);
            Absent { message, is_told }
        };
        names.into_iter().map(absent).collect()
    }

    /// Warns of variables that a test uses all the same.
    fn warn_of(&self, test: &Test, absent: &[Absent], sink: &mut dyn Sink) {
        for Absent { message, .. } in absent.iter().filter(|absent| !absent.is_told) {
            let end = if message.ends_with('?') { " It" } else { "; it" };
            let message = format!("{}: {message}{end} stays as written", test.name);
            sink.emit(Event::Warned(Box::new(Fault::new(test.location.clone(), message))));
        }
    }
}
