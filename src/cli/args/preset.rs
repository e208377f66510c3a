//! An option that is set elsewhere than on the command line, as data.

use crate::ground::source::Fault;
use crate::settings::origin::Origin;

/// An option with its value, and who sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// The flag's name.
    pub flag: &'static str,
    /// The value, as it would follow the flag.
    pub value: String,
    /// `.resttest.yaml`, or a variable of the environment.
    pub origin: Origin,
}

/// What is wrong with the words, or with what is set elsewhere.
#[derive(Debug)]
pub enum Wrong {
    /// The command line.
    Line(String),
    /// `.resttest.yaml`.
    SettingsFile(Fault),
    /// A variable of the environment.
    Environment(String),
    /// A file of variables, or one for the environment.
    Input(Fault),
}

impl Wrong {
    /// What is wrong with the value of a preset.
    pub fn of(origin: &Origin, name: &str, message: &str) -> Wrong {
        match origin {
            Origin::SettingsFile(location) => {
                Wrong::SettingsFile(Fault::new(location.clone(), format!("{name} {message}")))
            }
            Origin::Environment(variable) => Wrong::Environment(format!("{variable} {message}")),
            _ => Wrong::Line(format!("option --{name} {message}")),
        }
    }
}
