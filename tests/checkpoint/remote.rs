//! A file on a server that is read in parts: from servers that fail in every way come the right bytes, or why there
//! are none.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use liao::import::source::{Folder, Lost, ReadAt};
use liao::store::download::address::Address;
use liao::store::download::secret::Secret;
use liao::store::download::{Event, Net, Pace};
use liao::store::remote::{Remote, Snapshot, SnapshotFile};

use crate::support::faults::{FaultServer, Reply, impatient};

/// More than is asked for at once.
const N_BYTES: usize = (9 << 20) + 7;

fn content() -> Vec<u8> {
    let mut x = 1_u32;
    let noise = std::iter::repeat_with(|| {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 24) as u8
    });
    noise.take(N_BYTES).collect()
}

fn net() -> Net {
    Net { pace: impatient(), tokens: Vec::new() }
}

/// A file at these servers, and what happens meanwhile.
struct Far {
    file: Box<dyn ReadAt>,
    events: Arc<Mutex<Vec<String>>>,
}

impl Far {
    fn with(net: &Net, urls: &[String]) -> Self {
        Self::of(net, urls, N_BYTES as u64, None)
    }

    /// A file of this length, whose hash the hub has told or not.
    fn of(net: &Net, urls: &[String], n_bytes: u64, sha256: Option<String>) -> Self {
        let file = SnapshotFile { name: "x.bin".to_owned(), addresses: urls.to_vec(), n_bytes, sha256 };
        let events = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&events);
        let report = move |event: &Event<'_>| match event {
            Event::Moved { .. } => {}
            event => seen.lock().unwrap().push(format!("{event:?}")),
        };
        let remote = Remote::new(Snapshot { files: vec![file] }, net, Arc::new(report)).unwrap();
        Self { file: remote.open("x.bin").unwrap(), events }
    }

    fn at(servers: &[&FaultServer]) -> Self {
        Self::with(&net(), &servers.iter().map(|server| server.url("/x.bin")).collect::<Vec<_>>())
    }

    fn read(&self, start: usize, n: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; n];
        self.file.read_at(start as u64, &mut bytes)?;
        Ok(bytes)
    }

    /// Everything comes, in whatever parts.
    #[track_caller]
    fn comes(&self) {
        let all = content();
        for (start, n) in [(0, 100), (N_BYTES - 5, 5), (1 << 20, 3 << 20), (0, N_BYTES), (77, 0)] {
            match self.read(start, n) {
                Ok(bytes) => assert!(bytes == all[start..start + n], "{n} bytes from {start} are wrong"),
                Err(error) => panic!("{n} bytes from {start}: {error}\n{:?}", self.events.lock().unwrap()),
            }
        }
    }

    /// Nothing comes, and why.
    #[track_caller]
    fn fails(&self) -> Lost {
        let error = self.read(0, N_BYTES).expect_err("it should not come");
        error.get_ref().and_then(|inner| inner.downcast_ref::<Lost>()).cloned().unwrap_or_else(|| panic!("{error:?}"))
    }

    fn saw(&self, what: &str) -> bool {
        self.events.lock().unwrap().iter().any(|event| event.contains(what))
    }
}

#[test]
fn a_good_server_is_asked_for_what_is_read() {
    let server = FaultServer::good(&content());
    let far = Far::at(&[&server]);
    far.comes();
    assert!(far.events.lock().unwrap().is_empty());
    let parts: Vec<_> = server.asked().iter().map(|asked| asked.range.expect("a part")).collect();
    assert_eq!(parts[0], (0, Some(100)));
    assert!(parts.iter().all(|(start, end)| end.unwrap() - start <= 8 << 20), "{parts:?}");
    // Once its version is known, every part is asked for on condition of it.
    assert!(server.asked().iter().skip(1).all(|asked| asked.header("if-range") == Some("\"one\"")));
}

#[test]
fn a_server_that_fails_for_a_while_is_asked_again() {
    let fails: [fn() -> Reply; 6] = [
        || Reply::good().cut(0),
        || Reply::good().cut(50),
        Reply::hang_up,
        || Reply::good().stall(10),
        || Reply::status(503),
        || Reply::status(429).header("Retry-After", "0"),
    ];
    for (i, fail) in fails.into_iter().enumerate() {
        let server = FaultServer::start(&content(), move |asked| if asked.n == 2 { fail() } else { Reply::good() });
        let far = Far::at(&[&server]);
        far.comes();
        assert!(far.saw("Troubled"), "{i}");
    }
}

#[test]
fn each_part_of_a_part_that_came_counts() {
    // A server that breaks off again and again, but brings something each time.
    let server = FaultServer::start(&content(), |_| Reply::good().cut(1 << 20));
    let far = Far::at(&[&server]);
    assert!(far.read(0, N_BYTES).unwrap() == content());
}

#[test]
fn where_one_server_fails_another_goes_on() {
    let good = FaultServer::good(&content());
    for (i, fail) in [
        || Reply::status(404),
        || Reply::status(500),
        || Reply::good().whole(),
        || Reply::good().claim(N_BYTES as u64 + 1),
        || Reply::page("text/html"),
        || Reply::good().cut(10),
    ]
    .into_iter()
    .enumerate()
    {
        let bad = FaultServer::start(&content(), move |asked| if asked.n > 0 { fail() } else { Reply::good() });
        let far = Far::at(&[&bad, &good]);
        far.comes();
        assert!(far.saw("GaveUp"), "{i}");
    }
    let far = Far::with(&net(), &["http://127.0.0.1:1/x.bin".to_owned(), good.url("/x.bin")]);
    far.comes();
}

#[test]
fn when_all_have_failed_it_is_said_of_each() {
    let one = FaultServer::start(&content(), |_| Reply::status(404));
    let two = FaultServer::start(&content(), |_| Reply::status(503));
    let far = Far::at(&[&one, &two]);
    let Lost::Unreachable(why) = far.fails() else { panic!("nothing changed") };
    assert!(why.contains(&one.host()) && why.contains(&two.host()) && why.contains("503"), "{why}");
    // That another server is asked is said only where one is.
    let gave_up =
        far.events.lock().unwrap().iter().filter(|event| event.starts_with("GaveUp")).cloned().collect::<Vec<_>>();
    assert!(matches!(&gave_up[..], [event] if event.contains(&one.host())), "{gave_up:?}");
    // It stays so without asking anybody.
    let n_asked = two.asked().len();
    far.fails();
    assert_eq!(two.asked().len(), n_asked);
}

#[test]
fn next_to_nothing_is_nothing() {
    let server = FaultServer::start(&content(), |_| Reply::good().trickle());
    let Lost::Unreachable(why) = Far::at(&[&server]).fails() else { panic!("nothing changed") };
    assert!(why.contains("没有数据"), "{why}");
}

#[test]
fn a_server_without_parts_is_of_no_use() {
    let server = FaultServer::start(&content(), |_| Reply::good().whole());
    let Lost::Unreachable(why) = Far::at(&[&server]).fails() else { panic!("nothing changed") };
    assert!(why.contains("分段"), "{why}");
}

#[test]
fn a_small_file_that_is_read_whole_needs_no_parts() {
    let small = content()[..300 << 10].to_vec();
    let read = |server: &FaultServer| {
        let far = Far::of(&net(), &[server.url("/x.bin")], small.len() as u64, None);
        far.read(0, small.len())
    };
    let cut_once = FaultServer::start(&small, |asked| {
        if asked.n == 0 { Reply::good().whole().cut(100 << 10) } else { Reply::good().whole() }
    });
    assert!(read(&cut_once).unwrap() == small);
    assert_eq!(cut_once.asked().len(), 2);
    // One that never brings all of it is not asked for ever.
    let cuts_always = FaultServer::start(&small, |_| Reply::good().whole().cut(200 << 10));
    assert!(read(&cuts_always).is_err());
    assert!(cuts_always.asked().len() < 10, "{}", cuts_always.asked().len());
}

#[test]
fn whoever_waits_for_a_server_goes_on_with_the_next_as_soon_as_that_is_asked() {
    let asks_for_patience = FaultServer::start(&content(), |asked| match asked.n {
        0 => Reply::status(429).header("Retry-After", "30"),
        _ => Reply::status(404),
    });
    let good = FaultServer::good(&content());
    let patient = Net { pace: Pace { longest_pause: Duration::from_secs(60), ..net().pace }, ..net() };
    let far = Far::with(&patient, &[asks_for_patience.url("/x.bin"), good.url("/x.bin")]);
    let begun = std::time::Instant::now();
    // Two parts are asked for, of which one waits.
    far.file.expect(std::slice::from_ref(&(0..N_BYTES as u64)));
    assert!(far.read(0, N_BYTES).unwrap() == content());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn a_weak_version_may_change_and_a_strong_one_costs_the_server_where_the_hash_is_known() {
    let tagged = |tags: [&'static str; 2]| {
        FaultServer::start(&content(), move |asked| Reply::good().raw_tag(tags[usize::from(asked.n > 0)]))
    };
    let weak = tagged(["W/\"one\"", "W/\"two\""]);
    Far::at(&[&weak]).comes();
    let sum = liao::store::download::sum::Sum::of_bytes(&content()).to_string();
    let (changing, good) = (tagged(["\"one\"", "\"two\""]), FaultServer::good(&content()));
    let far = Far::of(&net(), &[changing.url("/x.bin"), good.url("/x.bin")], N_BYTES as u64, Some(sum.clone()));
    far.comes();
    assert!(far.saw("TwoVersions") && !good.asked().is_empty());
    let alone = tagged(["\"one\"", "\"two\""]);
    let far = Far::of(&net(), &[alone.url("/x.bin")], N_BYTES as u64, Some(sum));
    far.read(0, 100).unwrap();
    assert!(matches!(far.fails(), Lost::Unreachable(why) if why.contains("两个版本")));
}

#[test]
fn another_version_ends_it_also_where_another_server_has_the_first() {
    let good = FaultServer::good(&content());
    let changing =
        FaultServer::start(&content(), |asked| if asked.n > 0 { Reply::good().tag("two") } else { Reply::good() });
    let far = Far::at(&[&changing, &good]);
    assert!(far.read(0, 100).unwrap() == content()[..100]);
    assert!(matches!(far.fails(), Lost::Changed(why) if why.contains(&changing.host())));
    assert!(good.asked().is_empty());
}

#[test]
fn a_token_goes_to_its_own_server_and_not_where_that_one_leads() {
    let elsewhere = FaultServer::good(&content());
    let there = elsewhere.url("/signed?x=y");
    let home = FaultServer::start(&content(), move |_| Reply::redirect(&there));
    let origin = Address::parse(&home.url("")).unwrap().origin().clone();
    let net = Net { tokens: vec![(origin, Secret::new("hf_secret").unwrap())], ..net() };
    let far = Far::with(&net, &[home.url("/x.bin")]);
    far.comes();
    assert!(home.asked().iter().all(|asked| asked.header("authorization") == Some("Bearer hf_secret")));
    assert!(elsewhere.asked().iter().all(|asked| asked.header("authorization").is_none()));
    // Where it leads is remembered: the way round is taken by the first few alone.
    assert!(home.asked().len() < elsewhere.asked().len());
}

#[test]
fn a_direct_address_that_expired_is_asked_for_anew() {
    let elsewhere =
        FaultServer::start(&content(), |asked| if asked.n == 2 { Reply::status(403) } else { Reply::good() });
    let there = elsewhere.url("/signed");
    let home = FaultServer::start(&content(), move |_| Reply::redirect(&there));
    let far = Far::at(&[&home]);
    far.comes();
    assert_eq!(home.asked().len(), 2);
    assert!(!far.saw("Troubled"));
}

#[test]
fn whoever_gives_up_does_not_wait_for_what_is_under_way() {
    let server = FaultServer::start(&content(), |_| Reply::good().stall(0));
    let patient = Net { pace: Pace { stall: Duration::from_secs(60), ..net().pace }, ..net() };
    let far = Far::with(&patient, &[server.url("/x.bin")]);
    far.file.expect(std::slice::from_ref(&(0..N_BYTES as u64)));
    while server.asked().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let begun = std::time::Instant::now();
    drop(far);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn whoever_gives_up_reading_does_not_wait_for_what_is_read() {
    let server = FaultServer::start(&content(), |_| Reply::good().stall(0));
    let patient = Net { pace: Pace { stall: Duration::from_secs(60), ..net().pace }, ..net() };
    let far = Far::with(&patient, &[server.url("/x.bin")]);
    let begun = std::time::Instant::now();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| far.read(0, 100));
        while server.asked().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        far.file.give_up();
        assert!(reader.join().unwrap().is_err());
    });
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
