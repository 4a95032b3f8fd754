//! Downloads from servers that fail in every way: afterwards there is the right file under its name, or none; what is
//! unfinished is kept where it can be gone on with; and no token goes where it does not belong.

mod disk;
mod servers;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use liao::exit::Exit;
use liao::store::download::address::Address;
use liao::store::download::sum::Sum;
use liao::store::download::trouble::Trouble;
use liao::store::download::{Event, Failure, Fetched, Net, Pace, Wanted, fetch};

use crate::support::faults::{Asked, FaultServer, Reply, impatient};

const BLOCK: usize = 64 << 10;
const N_BYTES: usize = 5 * BLOCK + 777;

/// A file that is nowhere the same, so that a part in the wrong place is seen.
fn content() -> Vec<u8> {
    let mut x = 1_u32;
    let noise = std::iter::repeat_with(|| {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 24) as u8
    });
    b"GGUF\x03\0\0\0".iter().copied().chain(noise).take(N_BYTES).collect()
}

/// A place for a download, and what happened during it.
struct Place {
    dir: tempfile::TempDir,
    net: Net,
    wanted: Wanted,
    cancel: AtomicBool,
    events: Vec<String>,
    n_most: u64,
}

impl Place {
    /// To download the whole [`content`] from these servers, with everything known of it.
    fn new(sources: &[String]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pace = Pace {
            n_connections: 4,
            n_block_bytes: Some(BLOCK as u64),
            n_spare_bytes: 0,
            keep: Duration::from_millis(10),
            ..impatient()
        };
        let wanted = Wanted {
            path: dir.path().join("models/x.gguf"),
            cached: None,
            sources: sources.iter().map(|url| Address::parse(url).unwrap()).collect(),
            n_bytes: Some(N_BYTES as u64),
            sum: Some(Sum::of_bytes(&content())),
            commit: None,
        };
        let net = Net { pace, tokens: Vec::new() };
        Self { dir, net, wanted, cancel: AtomicBool::new(false), events: Vec::new(), n_most: 0 }
    }

    fn of(server: &FaultServer) -> Self {
        Self::new(&[server.url("/x.gguf")])
    }

    fn fetch(&mut self) -> Result<Fetched, Failure> {
        let (events, n_most) = (&mut self.events, &mut self.n_most);
        let report = &mut |event: Event<'_>| match event {
            Event::Moved { n_bytes, n_total } => {
                assert!(n_total.is_none_or(|n_total| n_bytes <= n_total));
                *n_most = n_bytes.max(*n_most);
            }
            event => events.push(format!("{event:?}")),
        };
        fetch(&self.wanted, &self.net, &self.cancel, report)
    }

    fn path(&self) -> &Path {
        &self.wanted.path
    }

    fn names(&self) -> Vec<String> {
        let Ok(all) = fs::read_dir(self.path().parent().unwrap()) else { return Vec::new() };
        let mut names: Vec<String> = all.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        // Where an open file cannot be taken away, the lock's stays.
        names.retain(|name| cfg!(unix) || !name.ends_with(".lock"));
        names.sort();
        names
    }

    /// It comes, and nothing is left beside it.
    #[track_caller]
    fn comes(&mut self) -> Fetched {
        let fetched = self.fetch().unwrap_or_else(|failure| panic!("{failure}\n{}", self.events.join("\n")));
        assert!(fs::read(self.path()).unwrap() == content(), "the file is not the right one");
        assert_eq!(fetched.sum, Sum::of_bytes(&content()));
        assert_eq!(self.names(), ["x.gguf"]);
        fetched
    }

    /// It does not come: there is no file, and something to go on with or not.
    #[track_caller]
    fn fails(&mut self, exit: Exit, is_kept: bool) -> Failure {
        let failure = self.fetch().expect_err("it should not come");
        assert_eq!(failure.exit(), exit, "{failure}\n{}", self.events.join("\n"));
        let expected: &[&str] = if is_kept { &["x.gguf.part", "x.gguf.part.json"] } else { &[] };
        assert_eq!(self.names(), expected, "{failure}");
        failure
    }

    /// The one trouble that the only server had in the end.
    #[track_caller]
    fn fails_with(&mut self, trouble: &Trouble, is_kept: bool) {
        match self.fails(Exit::Network, is_kept) {
            Failure::Servers(all) => assert_eq!(all.iter().map(|(_, why)| why).collect::<Vec<_>>(), [trouble]),
            other => panic!("{other}"),
        }
    }

    fn saw(&self, what: &str) -> bool {
        self.events.iter().any(|event| event.contains(what))
    }
}

/// The requests that were for a part, as first byte and the one behind the last.
fn parts(asked: &[Asked]) -> Vec<(u64, Option<u64>)> {
    let mut parts: Vec<_> = asked.iter().filter_map(|asked| asked.range).collect();
    parts.sort_unstable();
    parts
}

#[test]
fn a_file_comes_in_parts_and_each_byte_once() {
    let server = FaultServer::good(&content());
    let mut place = Place::of(&server);
    let fetched = place.comes();
    assert_eq!((fetched.n_bytes, fetched.host.as_deref()), (N_BYTES as u64, Some(server.host().as_str())));
    let block = BLOCK as u64;
    let expected: Vec<_> = (0..6).map(|n| (n * block, Some(((n + 1) * block).min(N_BYTES as u64)))).collect();
    assert_eq!(parts(&server.asked()), expected);
    assert_eq!(place.n_most, N_BYTES as u64);
    for asked in server.asked() {
        assert_eq!(asked.header("accept-encoding"), Some("identity"));
        assert_eq!(asked.header("authorization"), None);
        assert!(asked.header("user-agent").unwrap().starts_with("liao/"));
        // Once the version is known, every part is held to it.
        assert!(asked.n == 0 || asked.header("if-range") == Some("\"one\""), "{asked:?}");
    }
}

#[test]
fn a_connection_that_is_cut_is_gone_on_with() {
    for n_sent in [0, 1, BLOCK / 2, BLOCK - 1] {
        let cut = move |asked: &Asked| if asked.n < 2 { Reply::good().cut(n_sent) } else { Reply::good() };
        let server = FaultServer::start(&content(), cut);
        let mut place = Place::of(&server);
        place.comes();
        assert!(place.saw("Cut"), "{n_sent}");
        // What came before the cut is not asked for again.
        let n_wanted: u64 = parts(&server.asked()).iter().map(|(start, end)| end.unwrap() - start).sum();
        assert!(n_wanted <= (N_BYTES + 2 * (BLOCK - n_sent)) as u64, "{n_sent}: {n_wanted}");
    }
    let server = FaultServer::start(&content(), |asked| if asked.n < 2 { Reply::hang_up() } else { Reply::good() });
    Place::of(&server).comes();
}

#[test]
fn a_server_that_always_cuts_is_given_up_and_what_came_is_kept() {
    let server = FaultServer::start(&content(), |_| Reply::good().cut(1000));
    let mut place = Place::of(&server);
    place.fails_with(&Trouble::Cut, true);
    let kept = place.n_most;
    assert!(kept >= 3000, "{kept}");
    // A later run, from another server, goes on where this one ended.
    let good = FaultServer::good(&content());
    place.wanted.sources = vec![Address::parse(&good.url("/y")).unwrap()];
    place.comes();
    let n_wanted: u64 = parts(&good.asked()).iter().map(|(start, end)| end.unwrap() - start).sum();
    assert_eq!(n_wanted, N_BYTES as u64 - kept);
}

#[test]
fn a_server_that_ignores_ranges_sends_all_of_it_at_once() {
    let server = FaultServer::start(&content(), |_| Reply::good().whole());
    let mut place = Place::of(&server);
    place.comes();
    assert_eq!(server.asked().len(), 1);
    // Cut in the middle, it can only start over.
    let cut = |asked: &Asked| if asked.n == 0 { Reply::good().whole().cut(3 * BLOCK) } else { Reply::good().whole() };
    let server = FaultServer::start(&content(), cut);
    let mut place = Place::of(&server);
    place.comes();
    assert!(place.saw("StartedOver") && place.saw("NoParts"));
    // And if it never gets further, it is given up.
    let server = FaultServer::start(&content(), |_| Reply::good().whole().cut(3 * BLOCK));
    let mut place = Place::of(&server);
    assert!(matches!(place.fetch(), Err(Failure::Servers(_))));
    assert!(!place.path().exists());
}

#[test]
fn a_wrong_length_is_not_taken() {
    let n = N_BYTES as u64;
    for claimed in [n - 1, n + 1, 0, 1, u64::MAX / 2] {
        for whole in [false, true] {
            let lie = move |_: &Asked| {
                let reply = Reply::good().claim(claimed);
                if whole { reply.whole() } else { reply }
            };
            let server = FaultServer::start(&content(), lie);
            let mut place = Place::of(&server);
            place.fails_with(&Trouble::Size { expected: n, found: claimed }, false);
            assert_eq!(server.asked().len(), 1);
        }
    }
}

#[test]
fn a_wrong_length_is_found_out_by_the_hash_where_none_is_known() {
    let shorter = FaultServer::start(&content(), |_| Reply::good().claim(N_BYTES as u64 - 1));
    let mut place = Place::of(&shorter);
    place.wanted.n_bytes = None;
    assert!(matches!(place.fails(Exit::Network, false), Failure::Wrong { .. }));
    let longer = FaultServer::start(&content(), |_| Reply::good().claim(N_BYTES as u64 + 1));
    let mut place = Place::of(&longer);
    place.wanted.n_bytes = None;
    place.fails(Exit::Network, true);
}

#[test]
fn a_length_that_nobody_told_is_learned() {
    let server = FaultServer::good(&content());
    let mut place = Place::of(&server);
    place.wanted.n_bytes = None;
    place.comes();
    assert!(parts(&server.asked()).len() > 1);
    // Not from any header: the stream just ends.
    let server = FaultServer::start(&content(), |_| Reply::good().whole().chunked());
    let mut place = Place::of(&server);
    place.wanted.n_bytes = None;
    place.comes();
    // Then, without a hash, nobody could tell.
    let mut place = Place::of(&server);
    (place.wanted.n_bytes, place.wanted.sum) = (None, None);
    place.fails_with(&Trouble::NoLength, false);
    // With the length alone, the stream has to have it.
    let mut place = Place::of(&server);
    place.wanted.sum = None;
    place.comes();
    let mut place = Place::of(&server);
    (place.wanted.sum, place.wanted.n_bytes) = (None, Some(N_BYTES as u64 + 1));
    place.fails(Exit::Network, false);
}

#[test]
fn a_file_that_changes_is_fetched_from_one_version() {
    // Another version, and other bytes, with every request.
    let versions = |asked: &Asked| {
        let mut bytes = content();
        bytes[100] = u8::try_from(asked.n).unwrap();
        bytes[N_BYTES - 100] = u8::try_from(asked.n).unwrap();
        Reply::good().tag(&asked.n.to_string()).content(&bytes)
    };
    let server = FaultServer::start(&content(), versions);
    let mut place = Place::of(&server);
    place.wanted.sum = None;
    place.fetch().unwrap();
    let found = fs::read(place.path()).unwrap();
    assert_eq!((found.len(), found[100]), (N_BYTES, found[N_BYTES - 100]));
    assert!(place.saw("Changed"));
    // The right bytes under ever other names.
    let server = FaultServer::start(&content(), |asked| Reply::good().tag(&asked.n.to_string()));
    Place::of(&server).comes();
    // Ever other versions that break off: it does not go on for ever, and nothing has the final name.
    let server = FaultServer::start(&content(), |asked| Reply::good().tag(&asked.n.to_string()).cut(2 * BLOCK));
    let mut place = Place::of(&server);
    assert!(matches!(place.fetch(), Err(Failure::Servers(_))));
    assert!(!place.path().exists());
}

#[test]
fn without_a_hash_only_the_same_version_is_gone_on_with() {
    for (tag, is_same) in [("one", true), ("two", false)] {
        let go_on = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&go_on);
        let server = FaultServer::start(&content(), move |_| match seen.load(Ordering::SeqCst) {
            false => Reply::good().cut(BLOCK / 2),
            true => Reply::good().tag(tag),
        });
        let mut place = Place::of(&server);
        place.wanted.sum = None;
        place.net.pace.n_connections = 1;
        place.fails(Exit::Network, true);
        let n_before = server.asked().len();
        go_on.store(true, Ordering::SeqCst);
        place.comes();
        let later = &server.asked()[n_before..];
        assert_eq!(later[0].header("if-range"), Some("\"one\""));
        assert_eq!(later.iter().any(|asked| asked.range.is_none()), !is_same, "{tag}");
    }
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    for status in [429, 500, 502, 503, 504, 408] {
        let busy = move |asked: &Asked| if asked.n < 2 { Reply::status(status) } else { Reply::good() };
        let server = FaultServer::start(&content(), busy);
        let mut place = Place::of(&server);
        place.comes();
        assert!(place.saw(&format!("status: {status}")));
    }
    let server = FaultServer::start(&content(), |_| Reply::status(503));
    let mut place = Place::of(&server);
    place.fails_with(&Trouble::Busy { status: 503, retry_after: None }, false);
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn a_server_is_given_the_time_it_asks_for_within_reason() {
    let wait = |asked: &Asked| match asked.n {
        0 => Reply::status(429).header("Retry-After", "1"),
        _ => Reply::good(),
    };
    let server = FaultServer::start(&content(), wait);
    let begun = Instant::now();
    Place::of(&server).comes();
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    let server = FaultServer::start(&content(), |_| Reply::status(503).header("Retry-After", "3600"));
    let mut place = Place::of(&server);
    place.fails(Exit::Network, false);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_server_that_refuses_is_not_asked_again() {
    for status in [400, 401, 403, 404, 410, 451] {
        let refuse = move |_: &Asked| Reply::status(status).header("X-Error-Message", "gone away");
        let server = FaultServer::start(&content(), refuse);
        let mut place = Place::of(&server);
        place.fails(Exit::Network, false);
        assert_eq!(server.asked().len(), 1, "{status}");
    }
}

#[test]
fn a_stall_is_noticed() {
    for n_sent in [0, 1000] {
        let stall = move |asked: &Asked| if asked.n < 2 { Reply::good().stall(n_sent) } else { Reply::good() };
        let server = FaultServer::start(&content(), stall);
        let mut place = Place::of(&server);
        place.comes();
        assert!(place.saw("Stalled"));
    }
    // A byte now and then is a stall too.
    let trickle = |asked: &Asked| if asked.n < 1 { Reply::good().trickle() } else { Reply::good() };
    let server = FaultServer::start(&content(), trickle);
    let mut place = Place::of(&server);
    // The trickled bytes are not the file's, but for the first.
    place.wanted.path.set_file_name("x.bin");
    assert!(place.fetch().is_ok());
    assert!(fs::read(place.path()).unwrap() == content());
    assert!(place.saw("Stalled") && place.saw("Wrong"));
}

#[test]
fn wrong_bytes_of_the_right_size_are_fetched_once_more_and_then_given_up() {
    let mut wrong = content();
    wrong[N_BYTES / 2] ^= 1;
    let server = FaultServer::good(&wrong);
    let mut place = Place::of(&server);
    let Failure::Wrong { expected, found, host } = place.fails(Exit::Network, false) else { panic!("not the bytes") };
    assert_eq!((expected, found), (Sum::of_bytes(&content()), Sum::of_bytes(&wrong)));
    assert_eq!((host, server.asked().len()), (server.host(), 12));
    // Another server is asked for the second time.
    let good = FaultServer::good(&content());
    let mut place = Place::new(&[server.url("/x"), good.url("/x")]);
    assert_eq!(place.comes().host, Some(good.host()));
    assert!(place.saw("Wrong"));
    // What an earlier run left may be what is wrong.
    let cut = FaultServer::start(&content(), |_| Reply::good().cut(1000));
    let mut place = Place::of(&cut);
    place.fails(Exit::Network, true);
    let part = place.path().with_extension("gguf.part");
    let mut bytes = fs::read(&part).unwrap();
    bytes[9] ^= 1;
    fs::write(&part, bytes).unwrap();
    place.wanted.sources = vec![Address::parse(&good.url("/x")).unwrap()];
    place.comes();
    assert!(place.saw("Wrong"));
}

#[test]
fn a_web_page_is_not_a_model() {
    for kind in ["text/html; charset=utf-8", "application/octet-stream"] {
        let server = FaultServer::start(&content(), move |_| Reply::page(kind));
        let mut place = Place::of(&server);
        place.wanted.n_bytes = None;
        place.fails_with(&Trouble::Page, false);
    }
    let server = FaultServer::good(b"not a model at all");
    let mut place = Place::of(&server);
    (place.wanted.n_bytes, place.wanted.sum) = (None, None);
    place.fails_with(&Trouble::NotGguf, false);
}

#[test]
fn a_compressed_answer_is_not_taken() {
    let server = FaultServer::start(&content(), |_| Reply::good().header("Content-Encoding", "gzip"));
    Place::of(&server).fails_with(&Trouble::Compressed, false);
}
