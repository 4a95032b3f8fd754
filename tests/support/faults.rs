//! A web server on this machine that serves one file, and serves it badly on demand: it cuts, stalls, lies, sends
//! elsewhere, or answers in other words. What it does with each request is a function of the request and its number;
//! everything it is asked is written down. The standard library is all it needs, and it says `Connection: close`.

#![allow(dead_code, reason = "each theme of tests uses a part of this")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use liao::store::download::Pace;

/// An address at which nobody listens: a port that no program of today has.
pub(crate) const DESERTED: &str = "http://127.0.0.1:1";

/// How patient a client is with such servers.
pub(crate) fn impatient() -> Pace {
    Pace {
        connect: Duration::from_secs(2),
        stall: Duration::from_millis(500),
        n_tries: 3,
        pause: Duration::from_millis(5),
        longest_pause: Duration::from_secs(1),
        ..Pace::default()
    }
}

/// What was asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// How many requests came before this one.
    pub(crate) n: usize,
    pub(crate) path: String,
    /// First byte, and the one behind the last where it is told.
    pub(crate) range: Option<(u64, Option<u64>)>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What happens behind the bytes that are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    Close,
    /// Nothing is sent, and the connection stays open.
    Stall,
    /// A byte now and then.
    Trickle,
}

/// How one request is answered. [`Reply::good`] is right in everything; each of the others is wrong in one thing.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    /// In place of the server's file.
    content: Option<Vec<u8>>,
    etag: String,
    has_ranges: bool,
    has_length: bool,
    /// The length that the whole is said to have.
    n_claimed: Option<u64>,
    /// How much of the body is sent; `None`: all.
    n_sent: Option<usize>,
    behind: Behind,
    has_head: bool,
}

impl Reply {
    pub(crate) fn good() -> Self {
        Self {
            status: None,
            headers: Vec::new(),
            content: None,
            etag: "\"one\"".to_owned(),
            has_ranges: true,
            has_length: true,
            n_claimed: None,
            n_sent: None,
            behind: Behind::Close,
            has_head: true,
        }
    }

    /// Hangs up without a word.
    pub(crate) fn hang_up() -> Self {
        Self { has_head: false, ..Self::good() }
    }

    /// Hangs up after so many bytes of the body.
    pub(crate) fn cut(self, n_sent: usize) -> Self {
        Self { n_sent: Some(n_sent), ..self }
    }

    /// Falls silent after so many bytes of the body.
    pub(crate) fn stall(self, n_sent: usize) -> Self {
        Self { n_sent: Some(n_sent), behind: Behind::Stall, ..self }
    }

    /// Sends a byte now and then.
    pub(crate) fn trickle(self) -> Self {
        Self { n_sent: Some(0), behind: Behind::Trickle, ..self }
    }

    /// Sends all of the file, whatever part was asked for.
    pub(crate) fn whole(self) -> Self {
        Self { has_ranges: false, ..self }
    }

    /// Says that the whole has another length than it has.
    pub(crate) fn claim(self, n_claimed: u64) -> Self {
        Self { n_claimed: Some(n_claimed), ..self }
    }

    /// Says nothing of the length: sends in chunks.
    pub(crate) fn chunked(self) -> Self {
        Self { has_length: false, ..self }
    }

    /// Serves another version of the file.
    pub(crate) fn tag(self, etag: &str) -> Self {
        Self { etag: format!("\"{etag}\""), ..self }
    }

    /// Serves a version of this name, with its quotation marks and what may stand before them.
    pub(crate) fn raw_tag(self, etag: &str) -> Self {
        Self { etag: etag.to_owned(), ..self }
    }

    /// Serves other bytes.
    pub(crate) fn content(self, content: &[u8]) -> Self {
        Self { content: Some(content.to_vec()), ..self }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Answers with a status and no file.
    pub(crate) fn status(status: u16) -> Self {
        Self { status: Some(status), content: Some(b"no".to_vec()), ..Self::good() }
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::status(302).header("Location", to)
    }

    /// A web page, as a network that wants a login first sends it.
    pub(crate) fn page(kind: &str) -> Self {
        let page = b"<!DOCTYPE html>\n<html><title>Log in</title></html>";
        Self { status: Some(200), content: Some(page.to_vec()), ..Self::good() }.header("Content-Type", kind)
    }
}

type Answers = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server; it stops when it is dropped.
pub(crate) struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

struct Shared {
    content: Vec<u8>,
    answers: Box<Answers>,
    asked: Mutex<Vec<Asked>>,
    n_asked: AtomicUsize,
    stop: AtomicBool,
}

impl FaultServer {
    /// Serves this file, answering as it is told.
    pub(crate) fn start(content: &[u8], answers: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            content: content.to_vec(),
            answers: Box::new(answers),
            asked: Mutex::new(Vec::new()),
            n_asked: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        let listening = thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.stop.load(Ordering::SeqCst) {
                    break;
                }
                let (Ok(stream), serving) = (stream, Arc::clone(&serving)) else { continue };
                // A client that hangs up is what half of the tests are about.
                thread::spawn(move || drop(serving.serve(stream)));
            }
        });
        Self { address, shared, listening: Some(listening) }
    }

    /// A server without a fault.
    pub(crate) fn good(content: &[u8]) -> Self {
        Self::start(content, |_| Reply::good())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `HOST:PORT`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("no test panicked with it").clone()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes it, so that it sees.
        drop(TcpStream::connect(self.address));
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut asked = read_request(&mut reader)?;
        asked.n = self.n_asked.fetch_add(1, Ordering::SeqCst);
        self.asked.lock().expect("no test panicked with it").push(asked.clone());
        let reply = (self.answers)(&asked);
        if reply.has_head { self.answer(&asked, &reply, stream) } else { Ok(()) }
    }

    fn answer(&self, asked: &Asked, reply: &Reply, mut stream: TcpStream) -> std::io::Result<()> {
        let content = reply.content.as_ref().unwrap_or(&self.content);
        let n_total = reply.n_claimed.unwrap_or(content.len() as u64);
        let is_version = asked.header("if-range").is_none_or(|version| version == reply.etag);
        let range = asked.range.filter(|_| reply.has_ranges && is_version && reply.status.is_none());
        let (status, span) = match range {
            None => (reply.status.unwrap_or(200), 0..n_total),
            Some((start, _)) if start >= n_total => (416, 0..0),
            Some((start, end)) => (206, start..end.unwrap_or(n_total).min(n_total)),
        };
        let mut head = format!("HTTP/1.1 {status} So\r\nConnection: close\r\n");
        if matches!(status, 200 | 206) {
            head += &format!("ETag: {}\r\n", reply.etag);
        }
        match status {
            206 => head += &format!("Content-Range: bytes {}-{}/{n_total}\r\n", span.start, span.end - 1),
            416 => head += &format!("Content-Range: bytes */{n_total}\r\n"),
            _ => {}
        }
        match reply.has_length {
            true => head += &format!("Content-Length: {}\r\n", span.end - span.start),
            false => head += "Transfer-Encoding: chunked\r\n",
        }
        for (name, value) in &reply.headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all((head + "\r\n").as_bytes())?;
        let body = &content[bounded(&span, content.len())];
        let body = &body[..reply.n_sent.unwrap_or(body.len()).min(body.len())];
        if reply.has_length {
            stream.write_all(body)?;
        } else {
            for chunk in body.chunks(10_000) {
                write!(stream, "{:x}\r\n", chunk.len())?;
                stream.write_all(chunk)?;
                stream.write_all(b"\r\n")?;
            }
            if reply.n_sent.is_none() {
                stream.write_all(b"0\r\n\r\n")?;
            }
        }
        stream.flush()?;
        while reply.behind != Behind::Close && !self.stop.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(20));
            if reply.behind == Behind::Trickle {
                stream.write_all(b"G")?;
            }
        }
        Ok(())
    }
}

fn bounded(span: &Range<u64>, n: usize) -> Range<usize> {
    let within = |at: u64| usize::try_from(at).unwrap_or(n).min(n);
    within(span.start)..within(span.end)
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Asked> {
    let mut asked = Asked::default();
    let mut line = String::new();
    reader.by_ref().take(8192).read_line(&mut line)?;
    asked.path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    loop {
        line.clear();
        reader.by_ref().take(8192).read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        asked.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    asked.range = asked.header("range").map(|range| {
        let (first, last) = range.strip_prefix("bytes=").and_then(|span| span.split_once('-')).expect("a range");
        let last = (!last.is_empty()).then(|| last.parse::<u64>().expect("a last byte") + 1);
        (first.parse().expect("a first byte"), last)
    });
    Ok(asked)
}
