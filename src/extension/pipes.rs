//! How lines go to a process and come back.
//!
//! Owns: a line out, a line in, within a time. Does not: start or end a process (see `process`), know what lines mean.
//!
//! A pipe can be waited for without end alone, so a thread of its own does that. Where the program is ours it has a
//! socket in place of both pipes, which knows times itself: every call saves two changes of threads. A stranger's
//! program cannot be given one, since it may open `/dev/stdin`.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{ChildStdin, ChildStdout};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

/// No line is longer.
pub(super) const LONGEST_LINE: usize = 64 << 20;

/// The way of lines.
pub(super) enum Pipes {
    /// By a thread that waits.
    Waited { requests: Sender<Vec<u8>>, answers: Receiver<io::Result<Vec<u8>>> },
    /// By a socket, and what goes before the first line.
    Socket { stream: BufReader<UnixStream>, preface: Vec<u8> },
}

impl Pipes {
    /// Over two pipes.
    ///
    /// # Errors
    /// The system allows no more threads.
    pub fn waited(mut stdin: ChildStdin, stdout: ChildStdout) -> io::Result<Pipes> {
        let (requests, asked) = bounded::<Vec<u8>>(1);
        let (answering, answers) = bounded(1);
        thread::Builder::new().name("extension".to_owned()).spawn(move || {
            let mut stdout = BufReader::with_capacity(64 * 1024, stdout);
            for line in asked {
                // Who reads no more may have said something before.
                let _ = stdin.write_all(&line);
                let answer = read_line(&mut stdout);
                let is_over = answer.is_err();
                if answering.send(answer).is_err() || is_over {
                    return;
                }
            }
        })?;
        Ok(Pipes::Waited { requests, answers })
    }

    /// Over a socket.
    pub fn socket(stream: UnixStream, preface: Vec<u8>) -> Pipes {
        Pipes::Socket { stream: BufReader::with_capacity(64 * 1024, stream), preface }
    }

    /// Sends a line, and takes the line that comes back.
    ///
    /// # Errors
    /// `TimedOut`: none came in time; `InvalidData`: it is too long; any other: nothing more will come.
    pub fn ask(&mut self, line: Vec<u8>, limit: Duration) -> io::Result<Vec<u8>> {
        match self {
            Pipes::Waited { requests, answers } => {
                requests.send(line).map_err(|_| io::ErrorKind::UnexpectedEof)?;
                answers.recv_timeout(limit).unwrap_or_else(|error| {
                    Err(match error {
                        RecvTimeoutError::Timeout => io::ErrorKind::TimedOut.into(),
                        RecvTimeoutError::Disconnected => io::ErrorKind::UnexpectedEof.into(),
                    })
                })
            }
            Pipes::Socket { stream, preface } => {
                let mut socket = stream.get_ref();
                socket.set_write_timeout(Some(limit))?;
                socket.set_read_timeout(Some(limit))?;
                // Who reads no more may have said something before.
                let _ = socket.write_all(&std::mem::take(preface)).and_then(|()| socket.write_all(&line));
                read_line(stream).map_err(|error| match error.kind() {
                    io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
                    _ => error,
                })
            }
        }
    }
}

fn read_line(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.take(LONGEST_LINE as u64 + 1).read_until(b'\n', &mut line)?;
    match line.last() {
        Some(b'\n') => Ok(line),
        _ if line.len() > LONGEST_LINE => Err(io::ErrorKind::InvalidData.into()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_an_end_and_a_bound() {
        let mut lines = io::Cursor::new(b"{}\nrest".to_vec());
        assert_eq!(read_line(&mut lines).unwrap(), b"{}\n");
        assert_eq!(read_line(&mut lines).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let mut long = BufReader::new(io::repeat(b'x'));
        assert_eq!(read_line(&mut long).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_socket_is_waited_for_so_long_and_no_longer() {
        let (own, other) = UnixStream::pair().unwrap();
        let mut pipes = Pipes::socket(own, b"first ".to_vec());
        let mut ask = |line: &str| pipes.ask(line.as_bytes().to_vec(), Duration::from_millis(20));
        assert_eq!(ask("a\n").unwrap_err().kind(), io::ErrorKind::TimedOut);
        (&other).write_all(b"answer\n").unwrap();
        assert_eq!(ask("b\n").unwrap(), b"answer\n");
        let mut seen = [0; 10];
        (&other).read_exact(&mut seen).unwrap();
        assert_eq!(&seen, b"first a\nb\n");
        drop(other);
        assert_ne!(ask("c\n").unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
