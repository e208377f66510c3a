//! The file that is being read: its text, what reading it depends on, and what is said of it.
//!
//! Owns: errors and warnings with their place. Does not: know any key, open files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::defaults::Defaults;
use super::document::Entry;
use super::faults::Faults;
pub use super::faults::Read;
use crate::auth::{AuthBlock, AuthChoice};
use crate::ground::file_root::FileRoot;
use crate::ground::source::{Fault, Location, Position, Source, did_you_mean};
use crate::ground::value::Value;
use crate::settings::commands::Commands;
use crate::settings::presets::Presets;
use crate::settings::unset_variables::UnsetVariables;
use crate::test::inherited::Inherited;
use crate::test::mock::MockConfig;
use crate::variables::generator::Environment;
use crate::variables::seeds::{FileSeed, Seeds};

/// What reading depends on besides the files.
#[derive(Clone)]
pub struct ReadOptions {
    /// The base that URLs are joined with; empty with `--absolute-urls`.
    pub base_url: String,
    /// `--vars`: known to every file, so that no warning calls them unset.
    pub vars: Vec<(String, Value)>,
    /// Secrets that are given by name: known to every file as well.
    pub secrets: Vec<String>,
    /// Variables that earlier files of the run share: no warning calls these unset either.
    pub shared: Vec<String>,
    /// What holds where neither a suite nor the command line says anything.
    pub presets: Option<Arc<Presets>>,
    /// `--unset-variables`, if it is given.
    pub unset_variables: Option<UnsetVariables>,
    /// The environment, for generators.
    pub env: Environment,
    /// Whether what is probably meant otherwise is an error.
    pub strict: bool,
    /// `--file-root`: where a suite may have files written.
    pub file_root: FileRoot,
    /// Whose commands may be run.
    pub commands: Commands,
    /// What wins over a suite's `auth`: that of the command line, or of the runner configuration's environment.
    pub auth: Option<AuthChoice>,
    /// `--seed`, for all that is drawn at random.
    pub seeds: Arc<Seeds>,
}

impl ReadOptions {
    /// The variables that are set from outside: no warning calls them unset.
    pub fn given_names(&self) -> impl Iterator<Item = &str> {
        let presets = self.presets.iter().flat_map(|presets| presets.names());
        let secrets = self.secrets.iter().map(String::as_str);
        self.vars.iter().map(|(name, _)| name.as_str()).chain(presets).chain(secrets)
    }
}

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions {
            base_url: String::new(),
            vars: Vec::new(),
            secrets: Vec::new(),
            shared: Vec::new(),
            presets: None,
            unset_variables: None,
            env: Arc::new(|_| None),
            strict: false,
            file_root: FileRoot::default(),
            commands: Commands::default(),
            auth: None,
            seeds: Arc::default(),
        }
    }
}

/// What other tools call a key that is far from it by its letters.
const SYNONYMS: [(&str, &str); 2] = [("workers", "concurrency"), ("threads", "concurrency")];

/// What becomes of keys that nothing reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownKeys {
    /// They are warned of, and ignored.
    Warned,
    /// They are errors.
    Refused,
}

/// The file that is being read, with what its elements need.
pub struct FileReader<'o> {
    /// Its text.
    pub source: Arc<Source>,
    /// What reading depends on.
    pub options: &'o ReadOptions,
    /// The file's folder: where a test's files are.
    pub folder: PathBuf,
    /// Where imports are looked up, in order.
    pub import_folders: Vec<PathBuf>,
    /// What draws at random in this file.
    pub seed: FileSeed,
    /// Variables that imported files share.
    pub imported_names: Vec<String>,
    /// Whether it may have commands run.
    pub commands: Commands,
    /// What `config` says of all tests of the file, once it is read; nothing in most files.
    pub common: Option<Arc<Common>>,
    /// What wins over `auth` of a suite, if anything does.
    pub auth: Option<AuthChoice>,
    /// The server that the file brings along.
    pub mock: Option<Arc<MockConfig>>,
    unknown_keys: UnknownKeys,
    warnings: Vec<Fault>,
    unreadable: Vec<Fault>,
}

/// What `config` says of all tests of its file.
#[derive(Debug, Default)]
pub struct Common {
    /// `headers`, `auth_username`, `auth_password` and `tags`.
    pub inherited: Option<Arc<Inherited>>,
    /// `defaults`.
    pub defaults: Option<Defaults>,
    /// `auths`.
    pub auths: Vec<Arc<AuthBlock>>,
    /// `auth`.
    pub auth: Option<AuthChoice>,
}

impl<'o> FileReader<'o> {
    /// A reader for a file in a folder, which is also where its imports are.
    pub fn new(source: Arc<Source>, options: &'o ReadOptions, folder: PathBuf) -> FileReader<'o> {
        FileReader {
            seed: options.seeds.of_file(source.name().to_string()),
            commands: options.commands,
            source,
            options,
            import_folders: vec![folder.clone()],
            folder,
            imported_names: Vec::new(),
            common: None,
            auth: options.auth.clone(),
            mock: None,
            unknown_keys: UnknownKeys::Warned,
            warnings: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    /// The same reader with another way of taking keys that nothing reads.
    pub fn taking(self, unknown_keys: UnknownKeys) -> FileReader<'o> {
        FileReader { unknown_keys, ..self }
    }

    /// What URLs are joined with: the server that the file brings along, where nothing else is given.
    pub fn base_url(&self) -> &str {
        match &self.mock {
            Some(mock) if self.options.base_url.is_empty() => &mock.url,
            _ => &self.options.base_url,
        }
    }

    /// A place of this file.
    pub fn location(&self, at: Position) -> Location {
        self.source.location(at)
    }

    /// Something wrong at a place.
    pub fn fault(&self, at: Position, message: impl Into<String>) -> Faults {
        Fault::new(self.location(at), message).into()
    }

    /// Whether this file may have commands run.
    ///
    /// # Errors
    /// It may not.
    pub fn may_run_commands(&self, at: Position) -> Read<()> {
        self.commands.check(Path::new(&**self.source.name())).map_err(|why| self.fault(at, format!("resttest {why}")))
    }

    /// Notes what is probably meant otherwise, at a place of this file.
    pub fn warn(&mut self, at: Position, message: impl Into<String>) {
        self.warn_of(Fault::new(self.location(at), message));
    }

    /// Notes what is probably meant otherwise.
    pub fn warn_of(&mut self, warning: Fault) {
        self.warnings.push(warning);
    }

    /// Notes a file that cannot be read, which is another exit than what cannot be understood.
    pub fn cannot_read(&mut self, fault: Fault) {
        if !self.unreadable.contains(&fault) {
            self.unreadable.push(fault);
        }
    }

    /// The files that could not be read so far; there are none afterwards.
    pub fn take_unreadable(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.unreadable)
    }

    /// A key that nothing reads: a warning in a suite, because PyRestTest ignores it; an error where it is refused.
    ///
    /// # Errors
    /// Unknown keys are refused.
    pub fn unknown_key(&mut self, key: &Entry, place: &str, known: &[&str]) -> Read<()> {
        let synonym = SYNONYMS.iter().find(|(word, name)| *word == key.name && known.contains(name));
        let meant = match synonym {
            Some((_, name)) => format!("; did you mean \"{name}\"?"),
            None => did_you_mean(&key.name, known.iter().copied()),
        };
        match self.unknown_keys {
            UnknownKeys::Warned => {
                self.warn(key.at, format!("unknown key \"{}\" in {place} is ignored{meant}", key.name));
                Ok(())
            }
            // As at every level of a runner configuration, `_anything` is a comment.
            UnknownKeys::Refused if key.name.starts_with('_') => Ok(()),
            UnknownKeys::Refused => Err(self.fault(key.at, format!("unknown key \"{}\" in {place}{meant}", key.name))),
        }
    }

    /// Whether other files of the same run may set variables of this one (see `share_variables`).
    pub fn shares_variables(&self, has_imports: bool) -> bool {
        let is_imported = !self.import_folders.contains(&PathBuf::new());
        !self.options.vars.is_empty() && (has_imports || is_imported)
    }

    /// The warnings so far; there are none afterwards.
    pub fn take_warnings(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.warnings)
    }

    /// How many warnings there are so far.
    pub fn warnings_so_far(&self) -> usize {
        self.warnings.len()
    }

    /// The warnings that came after so many.
    pub fn warnings_since(&self, count: usize) -> &[Fault] {
        &self.warnings[count.min(self.warnings.len())..]
    }

    /// Takes back those of the warnings after so many that are told elsewhere.
    pub fn unsay(&mut self, count: usize, told: &[Fault]) {
        if told.is_empty() || self.warnings.len() <= count {
            return;
        }
        let new = self.warnings.split_off(count);
        self.warnings.extend(new.into_iter().filter(|warning| !told.contains(warning)));
    }

    /// A reader of the same file that has warned of nothing yet.
    pub fn without_warnings(&self) -> FileReader<'o> {
        FileReader {
            source: self.source.clone(),
            folder: self.folder.clone(),
            import_folders: self.import_folders.clone(),
            seed: self.seed.clone(),
            imported_names: self.imported_names.clone(),
            common: self.common.clone(),
            auth: self.auth.clone(),
            mock: self.mock.clone(),
            warnings: Vec::new(),
            unreadable: Vec::new(),
            ..*self
        }
    }
}
