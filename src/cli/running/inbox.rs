//! What the main thread hears, without a switch of threads for every word.
//!
//! Owns: the queue from engine and signals to the main thread, and the bell that wakes it. Does not:
//! know what is in a message.
//!
//! Waking a thread costs more than a test costs the engine, and on a single core it takes the engine's
//! turn. So messages wait in the queue; the main thread looks at it every [`TICK`], and at once when the
//! bell rings: for the last message, for signals, before a person is asked, and when the queue fills up.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

/// How long a message may wait for the main thread.
const TICK: Duration = Duration::from_millis(20);

/// Messages in the queue at most; a sender waits for room.
const ROOM: usize = 1024;

/// The end that messages are put in.
pub struct Post<M> {
    messages: Sender<M>,
    bell: Sender<()>,
}

impl<M> Clone for Post<M> {
    fn clone(&self) -> Post<M> {
        Post { messages: self.messages.clone(), bell: self.bell.clone() }
    }
}

impl<M> Post<M> {
    /// Puts a message in the queue; false if nobody reads it any more.
    pub fn put(&self, message: M) -> bool {
        if self.messages.len() > ROOM / 2 {
            self.ring();
        }
        self.messages.send(message).is_ok()
    }

    /// Puts a message in the queue, and wakes the main thread.
    pub fn put_and_ring(&self, message: M) -> bool {
        let heard = self.put(message);
        self.ring();
        heard
    }

    /// Wakes the main thread; a bell that rings already is enough.
    pub fn ring(&self) {
        let _ = self.bell.try_send(());
    }
}

/// The main thread's end.
pub struct Inbox<M> {
    messages: Receiver<M>,
    bell: Receiver<()>,
}

/// What there is to read.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<M> {
    /// A message.
    Message(M),
    /// Nothing at the moment.
    Nothing,
    /// Nothing, and nobody is left who could send any.
    Closed,
}

impl<M> Inbox<M> {
    /// The next message, without waiting.
    pub fn next(&self) -> Next<M> {
        use crossbeam_channel::TryRecvError;
        match self.messages.try_recv() {
            Ok(message) => Next::Message(message),
            Err(TryRecvError::Empty) => Next::Nothing,
            Err(TryRecvError::Disconnected) => Next::Closed,
        }
    }

    /// Returns when it is time to look again.
    pub fn wait(&self) {
        let _ = self.bell.recv_timeout(TICK);
    }
}

/// A queue.
pub fn inbox<M>() -> (Post<M>, Inbox<M>) {
    let (messages, heard) = bounded(ROOM);
    let (bell, rung) = bounded(1);
    (Post { messages, bell }, Inbox { messages: heard, bell: rung })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_in_order_and_none_is_lost() {
        let (post, inbox) = inbox();
        let sender = std::thread::spawn(move || {
            for number in 0..3 * ROOM {
                assert!(post.put(number));
            }
            post.put_and_ring(3 * ROOM)
        });
        let mut heard = Vec::new();
        loop {
            match inbox.next() {
                Next::Message(number) => heard.push(number),
                Next::Nothing => inbox.wait(),
                Next::Closed => break,
            }
        }
        assert_eq!(heard, (0..=3 * ROOM).collect::<Vec<_>>());
        assert!(sender.join().unwrap());
    }

    #[test]
    fn nobody_writes_to_a_closed_inbox() {
        let (post, inbox) = inbox();
        assert!(post.clone().put_and_ring(1));
        drop(inbox);
        assert!(!post.put(2));
    }
}
