//! Report files: opened before the run, written whole, or line by line where a report is one of events.
//!
//! Owns: missing folders, temporary files, the rename, links, pipes and devices. Does not: make a report's text.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::ground::whole_file::{folder_of, overwrite, replace, temporary};

/// How long a pipe may take until somebody reads from it, and to take each piece.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a pipe is given at a time.
const PIECE: usize = 64 << 10;

/// A file that will be written once, at the end.
#[derive(Debug)]
pub struct ReportFile {
    path: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A file, links resolved: written beside and renamed, so that readers see the old one or the new one.
    Replaced(PathBuf),
    /// A file that is there, in a folder where no other can be made.
    Overwritten(PathBuf),
    /// A pipe, a device, or an open file under a name such as `/dev/stdout`: nothing of these can be renamed over.
    Stream(Stream),
}

impl ReportFile {
    /// Makes sure that the file can be written: creates missing folders, and tries a file beside it. A pipe is
    /// opened, which takes a reader.
    ///
    /// # Errors
    /// A folder or a file cannot be made there; nobody reads from the pipe.
    pub fn open(path: &Path) -> io::Result<ReportFile> {
        let place = match resolve(path)? {
            Resolved::Stream => Place::Stream(Stream::open(path)?),
            Resolved::File(target) => {
                fs::create_dir_all(folder_of(&target))?;
                match temporary(&target).and_then(|(trial, _)| fs::remove_file(trial)) {
                    Ok(()) => Place::Replaced(target),
                    Err(error) => {
                        // A single file that a container mounts, or a folder of somebody else.
                        OpenOptions::new().write(true).open(&target).map_err(|_| error)?;
                        Place::Overwritten(target)
                    }
                }
            }
        };
        Ok(ReportFile { path: path.to_owned(), place })
    }

    /// The path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the whole file: readers see the old one or the new one, never a part.
    ///
    /// # Errors
    /// The disk is full, the folder is gone, or nobody reads from the pipe any more.
    pub fn write(&self, contents: &[u8]) -> io::Result<()> {
        match &self.place {
            Place::Replaced(target) => replace(target, contents),
            Place::Overwritten(target) => overwrite(target, contents),
            Place::Stream(stream) => stream.write(contents),
        }
    }
}

impl ReportFile {
    /// Takes away what stands there, if anything does; what cannot be removed is emptied.
    ///
    /// # Errors
    /// Neither can be done.
    pub fn retract(&self) -> io::Result<()> {
        match &self.place {
            Place::Replaced(target) => match fs::remove_file(target) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => overwrite(target, b""),
                done => done,
            },
            Place::Overwritten(target) => overwrite(target, b""),
            Place::Stream(_) => Ok(()),
        }
    }
}

/// A file that grows with the run, so that a run which is killed leaves what it knew.
#[derive(Debug)]
pub struct LiveFile {
    path: PathBuf,
    growth: Growth,
    /// After an error nothing more is written: a hole would be worse than an early end.
    is_broken: bool,
}

#[derive(Debug)]
enum Growth {
    /// How much of it is whole.
    File(File, u64),
    Stream(Stream),
}

impl LiveFile {
    /// Opens it, and empties it if it exists.
    ///
    /// # Errors
    /// It cannot be made or written; nobody reads from the pipe.
    pub fn open(path: &Path) -> io::Result<LiveFile> {
        let growth = match resolve(path)? {
            Resolved::Stream => Growth::Stream(Stream::open(path)?),
            Resolved::File(target) => {
                fs::create_dir_all(folder_of(&target))?;
                Growth::File(OpenOptions::new().write(true).create(true).truncate(true).open(&target)?, 0)
            }
        };
        Ok(LiveFile { path: path.to_owned(), growth, is_broken: false })
    }

    /// The path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes whole lines; what could be written only in part is taken back.
    ///
    /// # Errors
    /// The disk is full, or nobody reads from the pipe any more. After that nothing is written.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.is_broken {
            return Ok(());
        }
        let written = match &mut self.growth {
            Growth::File(file, whole) => {
                file.write_all(lines).map(|()| *whole += lines.len() as u64).inspect_err(|_| {
                    let _ = file.set_len(*whole);
                })
            }
            Growth::Stream(stream) => stream.write(lines),
        };
        self.is_broken = written.is_err();
        written
    }
}

/// Whether two paths are the same file, under whatever names; devices are nobody's.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let (Ok(Resolved::File(first)), Ok(Resolved::File(second))) = (resolve(one), resolve(other)) else {
        return false;
    };
    first == second || identity(&first).is_some_and(|one| identity(&second) == Some(one))
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

enum Resolved {
    /// A file that exists or may be made, links followed and the folder in its real spelling.
    File(PathBuf),
    Stream,
}

/// Follows links, those to nothing, too: what they name is the file, and they stay.
fn resolve(path: &Path) -> io::Result<Resolved> {
    const LONGEST_CHAIN: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..LONGEST_CHAIN {
        // Names of what is open already, by which it can be written to but not replaced.
        if target.starts_with("/dev/fd") || target.starts_with("/proc/self/fd") {
            return Ok(Resolved::Stream);
        }
        match fs::symlink_metadata(&target) {
            Ok(found) if found.is_symlink() => target = folder_of(&target).join(fs::read_link(&target)?),
            Ok(found) if found.is_dir() => return Err(io::Error::other("it is a folder")),
            Ok(found) if found.is_file() => return Ok(Resolved::File(in_real_folder(target))),
            Ok(found) if is_socket(&found) => return Err(io::Error::other("it is a socket")),
            Ok(_) => return Ok(Resolved::Stream),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Resolved::File(in_real_folder(target))),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("it is a chain of links without an end"))
}

#[cfg(unix)]
fn is_socket(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    found.file_type().is_socket()
}

#[cfg(not(unix))]
fn is_socket(_found: &fs::Metadata) -> bool {
    false
}

fn in_real_folder(path: PathBuf) -> PathBuf {
    match (folder_of(&path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// A pipe or a device. Opening and writing may wait for somebody else, so both are a thread's, and whoever takes
/// too long is given up.
#[derive(Debug)]
struct Stream {
    pieces: SyncSender<Vec<u8>>,
    results: Receiver<io::Result<()>>,
}

impl Stream {
    fn open(path: &Path) -> io::Result<Stream> {
        let ((pieces, to_write), (done, results)) = (sync_channel::<Vec<u8>>(0), sync_channel(1));
        let path = path.to_owned();
        std::thread::Builder::new().name("pipe".to_owned()).spawn(move || {
            // Appending: where it is an open file, what stands in it stays.
            let mut file = match OpenOptions::new().append(true).open(path) {
                Ok(file) => file,
                Err(error) => return done.send(Err(error)),
            };
            done.send(Ok(()))?;
            for piece in to_write {
                done.send(file.write_all(&piece))?;
            }
            Ok(())
        })?;
        let stream = Stream { pieces, results };
        stream.result("nobody reads from it")?;
        Ok(stream)
    }

    fn write(&self, contents: &[u8]) -> io::Result<()> {
        for piece in contents.chunks(PIECE) {
            self.pieces.send(piece.to_owned()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            self.result("its reader takes nothing any more")?;
        }
        Ok(())
    }

    fn result(&self, too_late: &str) -> io::Result<()> {
        self.results.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            let message = format!("{too_late} (waited for {} s)", PATIENCE.as_secs());
            Err(io::Error::new(io::ErrorKind::TimedOut, message))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("resttest-file-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_link_stays_a_link_and_a_mode_stays_as_it_was() {
        let folder = folder("links");
        fs::create_dir(folder.join("deep")).unwrap();
        fs::write(folder.join("deep/real"), "old").unwrap();
        fs::set_permissions(folder.join("deep/real"), Permissions::from_mode(0o640)).unwrap();
        symlink("deep/real", folder.join("link")).unwrap();
        symlink("link", folder.join("link to link")).unwrap();
        symlink("deep/none", folder.join("to nothing")).unwrap();
        let file = ReportFile::open(&folder.join("link to link")).unwrap();
        assert_eq!(fs::read_to_string(folder.join("deep/real")).unwrap(), "old");
        file.write(b"new").unwrap();
        ReportFile::open(&folder.join("to nothing")).unwrap().write(b"first").unwrap();
        assert!(fs::symlink_metadata(folder.join("link")).unwrap().is_symlink());
        assert!(fs::symlink_metadata(folder.join("to nothing")).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(folder.join("deep/real")).unwrap(), "new");
        assert_eq!(fs::read_to_string(folder.join("deep/none")).unwrap(), "first");
        let none = ReportFile::open(&folder.join("to nothing")).unwrap();
        assert!(none.retract().is_ok() && none.retract().is_ok() && !folder.join("deep/none").exists());
        none.write(b"first").unwrap();
        assert_eq!(fs::metadata(folder.join("deep/real")).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(names(&folder.join("deep")), ["none", "real"]);
        symlink("round", folder.join("round")).unwrap();
        assert!(ReportFile::open(&folder.join("round")).is_err());
        assert!(ReportFile::open(&folder).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn one_file_is_known_under_all_its_names() {
        let folder = folder("same");
        fs::write(folder.join("a"), "").unwrap();
        fs::hard_link(folder.join("a"), folder.join("b")).unwrap();
        symlink("a", folder.join("c")).unwrap();
        fs::create_dir(folder.join("d")).unwrap();
        let same = |one: &str, other: &str| is_same_file(&folder.join(one), &folder.join(other));
        for (one, other, expected) in [
            ("a", "d/../a", true),
            ("a", "b", true),
            ("c", "b", true),
            ("new", "d/../new", true),
            ("new", "a", false),
            ("none/new", "none/new", true),
        ] {
            assert_eq!(same(one, other), expected, "{one} {other}");
        }
        assert!(!is_same_file(Path::new("/dev/null"), Path::new("/dev/null")));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn pipes_and_devices_are_written_to_as_they_are() {
        let folder = folder("pipes");
        let pipe = folder.join("p");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe)
        });
        let file = ReportFile::open(&pipe).unwrap();
        file.write(&[b'x'; 200_000]).unwrap();
        drop(file);
        assert_eq!(reader.join().unwrap().unwrap().len(), 200_000);
        ReportFile::open(Path::new("/dev/null")).unwrap().write(b"x").unwrap();
        if Path::new("/dev/full").exists() {
            assert!(ReportFile::open(Path::new("/dev/full")).unwrap().write(b"x").is_err());
            assert!(LiveFile::open(Path::new("/dev/full")).unwrap().append(b"x").is_err());
        }
        assert_eq!(names(&folder), ["p"]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn lines_are_there_as_soon_as_they_are_written() {
        let folder = folder("live");
        let path = folder.join("deep/events");
        let mut file = LiveFile::open(&path).unwrap();
        file.append(b"one\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
        file.append(b"two\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        fs::remove_dir_all(&folder).unwrap();
    }
}
