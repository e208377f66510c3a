//! Connections to a server that takes them in slowly: it drops most of what asks it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::support::{Figures, PLAIN, run_text};

/// With a much shorter one the system loses connections on its way to it that both sides hold for open.
const BACKLOG: i32 = 64;
const CONNECTIONS: u64 = 300;

/// Takes connections in one at a time, and counts the requests that it answers.
fn slow_to_accept(answered: Arc<AtomicU64>) -> String {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(BACKLOG).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap().as_socket().unwrap());
    std::thread::spawn(move || {
        while let Ok((stream, _)) = socket.accept() {
            let answered = Arc::clone(&answered);
            std::thread::spawn(move || answer(stream.into(), &answered));
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    url
}

fn answer(mut stream: TcpStream, answered: &AtomicU64) {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).is_ok_and(|amount| amount > 0) {
        answered.fetch_add(1, Ordering::Relaxed);
        if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_err() {
            return;
        }
    }
}

/// Each request that is sent arrives once, however often its connection was asked for.
#[test]
fn connections_that_a_backlog_drops_are_asked_for_again() {
    let answered = Arc::<AtomicU64>::default();
    let url = slow_to_accept(Arc::clone(&answered));
    let suite = format!(
        "- test: {{name: L, url: /, timeout: 60, performance: {{mode: async, concurrency: {CONNECTIONS}, threads: 1, \
         repeat: {CONNECTIONS}, think_time: 0.01}}}}\n"
    );
    let ran = run_text(&url, &suite, PLAIN);
    let figures = Figures::of(&ran);
    for (name, count) in [("total", CONNECTIONS), ("passed", CONNECTIONS)] {
        assert_eq!(figures.number(name) as u64, count, "{ran:#?}");
    }
    assert_eq!(answered.load(Ordering::Relaxed), CONNECTIONS, "{ran:#?}");
}
