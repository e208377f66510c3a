//! An `auth` block as it is written: its kind, its values with their templates.
//!
//! Owns: filling it in, and that equal values have one authentication in a process, with its tokens and sessions.
//! Does not: read it (see `suite::auth`), know any kind (see `kinds`).

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value as Json;

use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::kinds::Maker;
use crate::auth::place::Place;
use crate::exchange::authorization::{Auth, Authorization};
use crate::settings::precedence::Origin;
use crate::variables::body::Json as Tree;
use crate::variables::context::Context;
use crate::variables::template::Text;

/// So many authentications are kept, with their tokens: more than a run has, fewer than what templates can make up.
const KEPT: usize = 256;

/// Those of this process, with the values that they were made of.
static MADE: Mutex<Vec<Made>> = Mutex::new(Vec::new());

/// The values, as text, and what they come to.
type Made = (String, Arc<dyn Auth>);

/// Which authentication a test has.
#[derive(Debug, Clone)]
pub enum AuthChoice {
    /// None, whatever others say.
    Off(Origin),
    /// This one.
    Block(Arc<AuthBlock>),
}

/// An `auth` block.
pub struct AuthBlock {
    /// The name of its kind.
    pub kind: String,
    /// What it is called below `auths`, if it stands there.
    pub name: Option<String>,
    /// Its values.
    pub fields: Vec<AuthField>,
    /// Where it is written.
    pub origin: Origin,
    maker: Maker,
    place: Place,
    is_constant: bool,
    /// What it comes to, where nothing in it changes.
    made: OnceLock<Result<Authorization, Wrong>>,
}

/// A value of a block.
#[derive(Debug, Clone)]
pub struct AuthField {
    /// Its key.
    pub name: String,
    /// The value.
    pub value: Tree,
    /// Where it is written.
    pub origin: Origin,
}

impl AuthBlock {
    /// A block of a kind.
    pub fn new(kind: &str, maker: Maker, fields: Vec<AuthField>, origin: Origin, place: Place) -> AuthBlock {
        AuthBlock {
            kind: kind.to_owned(),
            name: None,
            is_constant: fields.iter().all(|field| field.value.is_constant()),
            fields,
            origin,
            maker,
            place,
            made: OnceLock::new(),
        }
    }

    /// The block below a name of `auths`.
    pub fn named(mut self, name: &str) -> AuthBlock {
        self.name = Some(name.to_owned());
        self
    }

    /// What makes it.
    pub fn maker(&self) -> &Maker {
        &self.maker
    }

    /// Whether it is the same in every context.
    pub fn is_constant(&self) -> bool {
        self.is_constant
    }

    /// Hands over every template in it.
    pub fn each_text(&self, see: &mut dyn FnMut(&Text)) {
        for field in &self.fields {
            field.value.each_text(&mut |text| {
                if let Text::Template(_) = text {
                    see(text);
                }
            });
        }
    }

    /// What it comes to in a context.
    ///
    /// # Errors
    /// What is wrong with its values.
    pub fn authorization(&self, context: &Context) -> Result<Authorization, Wrong> {
        if self.is_constant {
            return self.made.get_or_init(|| self.make(context)).clone();
        }
        self.make(context)
    }

    /// What is wrong with it, as far as it can be known before it runs.
    ///
    /// # Errors
    /// That.
    pub fn check(&self) -> Result<(), Wrong> {
        if self.is_constant { self.authorization(&Context::new()).map(drop) } else { Ok(()) }
    }

    /// Its values in a context.
    ///
    /// # Errors
    /// A variable's value has no form here.
    pub fn filled_in(&self, context: &Context) -> Result<AuthFields<'_>, Wrong> {
        self.text(context).map(|(_, values)| values)
    }

    fn text(&self, context: &Context) -> Result<(String, AuthFields<'_>), Wrong> {
        let mut values = serde_json::Map::new();
        let mut all = self.kind.clone();
        for field in &self.fields {
            let start = all.len() + field.name.len() + 1;
            all.push('\n');
            all.push_str(&field.name);
            field.value.write(context, &mut all).map_err(|message| Wrong::of(&field.name, message))?;
            // What we have written can be read, but for numbers beyond all bounds.
            let value: Json = serde_json::from_str(&all[start..])
                .map_err(|_| Wrong::of(&field.name, format!("{} cannot be read as JSON", field.name)))?;
            values.insert(field.name.clone(), value);
        }
        Ok((all, AuthFields::new(values, &self.place)))
    }

    fn make(&self, context: &Context) -> Result<Authorization, Wrong> {
        let (mut key, fields) = self.text(context)?;
        for folder in &self.place.folders {
            key.push('\n');
            key.push_str(&folder.to_string_lossy());
        }
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, auth)) = made.iter().find(|(have, _)| *have == key) {
            return Ok(Authorization(auth.clone()));
        }
        let auth = self.maker.make(&fields)?;
        if made.len() == KEPT {
            made.remove(0);
        }
        made.push((key, auth.clone()));
        Ok(Authorization(auth))
    }
}

impl fmt::Debug for AuthBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthBlock").field("kind", &self.kind).field("origin", &self.origin).finish_non_exhaustive()
    }
}
