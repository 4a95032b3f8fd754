//! What is on the disk before, during and after a download: files that were there, what is unfinished, a second liao,
//! and a disk or a name that will not do.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use liao::exit::Exit;
use liao::store::download::address::Address;
use liao::store::download::{Event, Failure, fetch};

use super::{BLOCK, N_BYTES, Place, content, parts};
use crate::support::faults::{Asked, FaultServer, Reply};

#[test]
fn a_file_that_is_there_and_right_is_not_fetched() {
    let server = FaultServer::good(&content());
    let mut place = Place::of(&server);
    place.comes();
    let n_asked = server.asked().len();
    assert_eq!(place.comes().host, None);
    assert_eq!(server.asked().len(), n_asked);
    assert!(place.saw("Checking"));
    // One that is not right is replaced.
    let mut wrong = content();
    wrong[N_BYTES / 2] ^= 1;
    for there in [wrong.as_slice(), b"", b"GGUF"] {
        fs::write(place.path(), there).unwrap();
        assert!(place.comes().host.is_some());
    }
}

#[test]
fn a_file_that_was_there_is_kept_until_the_new_one_is_right() {
    let mut wrong = content();
    wrong[N_BYTES / 2] ^= 1;
    let server = FaultServer::good(&wrong);
    let mut place = Place::of(&server);
    fs::create_dir_all(place.path().parent().unwrap()).unwrap();
    fs::write(place.path(), "old").unwrap();
    assert!(place.fetch().is_err());
    assert_eq!(fs::read(place.path()).unwrap(), b"old");
}

#[test]
fn what_has_come_is_kept_when_it_is_told_to_stop() {
    let stall =
        FaultServer::start(&content(), |asked| if asked.n == 0 { Reply::good() } else { Reply::good().stall(500) });
    let mut place = Place::of(&stall);
    place.net.pace.stall = Duration::from_secs(20);
    let begun = Instant::now();
    let cancel = std::mem::take(&mut place.cancel);
    let failed = fetch(&place.wanted, &place.net, &cancel, &mut |event| {
        if let Event::Moved { n_bytes, .. } = event
            && n_bytes > BLOCK as u64
        {
            cancel.store(true, Ordering::Relaxed);
        }
    });
    assert!(matches!(failed, Err(Failure::Cancelled)), "{failed:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(place.names(), ["x.gguf.part", "x.gguf.part.json"]);
    let good = FaultServer::good(&content());
    place.wanted.sources = vec![Address::parse(&good.url("/x")).unwrap()];
    place.comes();
    let n_wanted: u64 = parts(&good.asked()).iter().map(|(start, end)| end.unwrap() - start).sum();
    assert!(n_wanted <= (N_BYTES - BLOCK) as u64, "{n_wanted}");
}

#[test]
fn what_is_known_of_an_unfinished_file_may_be_damaged() {
    let good = FaultServer::good(&content());
    for damage in [&b""[..], b"{", b"{\"v\":1}", b"\xff", b"[]"] {
        let cut = FaultServer::start(&content(), |_| Reply::good().cut(1000));
        let mut place = Place::of(&cut);
        place.fails(Exit::Network, true);
        fs::write(place.path().with_extension("gguf.part.json"), damage).unwrap();
        place.wanted.sources = vec![Address::parse(&good.url("/x")).unwrap()];
        place.comes();
    }
}

#[test]
fn two_at_once_fetch_it_once() {
    let slowly = |_: &Asked| {
        std::thread::sleep(Duration::from_millis(100));
        Reply::good()
    };
    let server = FaultServer::start(&content(), slowly);
    let place = Place::of(&server);
    let (n_fetched, waited) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let fetched = fetch(&place.wanted, &place.net, &place.cancel, &mut |event| {
                    if let Event::Waiting { holder } = event {
                        waited.lock().unwrap().push(holder);
                    }
                });
                n_fetched.fetch_add(usize::from(fetched.unwrap().host.is_some()), Ordering::SeqCst);
            });
        }
    });
    assert_eq!((n_fetched.load(Ordering::SeqCst), server.asked().len()), (1, 6));
    assert!(waited.lock().unwrap().contains(&Some(std::process::id())));
    assert!(fs::read(place.path()).unwrap() == content());
}

#[test]
fn a_full_disk_is_told_before_anything_is_asked() {
    let server = FaultServer::good(&content());
    let mut place = Place::of(&server);
    place.net.pace.n_spare_bytes = u64::MAX / 2;
    assert!(matches!(place.fails(Exit::Resources, false), Failure::NoRoom { .. }));
    assert!(server.asked().is_empty());
    // Where the length has to be learned first, nothing but that is asked.
    place.wanted.n_bytes = None;
    assert!(matches!(place.fails(Exit::Resources, false), Failure::NoRoom { .. }));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let server = FaultServer::good(&content());
    let mut place = Place::of(&server);
    let file: PathBuf = place.dir.path().join("a file");
    fs::write(&file, "").unwrap();
    place.wanted.path = file.join("x.gguf");
    let failure = place.fetch().unwrap_err();
    assert_eq!(failure.exit(), Exit::Failure);
    assert!(failure.to_string().contains("a file"), "{failure}");
    // A folder where the file should be: all comes, and is kept for when it is out of the way.
    let mut place = Place::of(&server);
    fs::create_dir_all(place.path().join("in the way")).unwrap();
    assert!(matches!(place.fetch(), Err(Failure::Disk { .. })));
    assert!(place.path().join("in the way").exists());
}

#[test]
fn a_name_that_no_file_may_have_is_refused() {
    let server = FaultServer::good(&content());
    for name in ["x.exe", "CON.gguf", ".gguf", "x\n.gguf"] {
        let mut place = Place::of(&server);
        place.wanted.path.set_file_name(name);
        assert!(matches!(place.fetch(), Err(Failure::Name(_))), "{name:?}");
        assert!(place.names().is_empty());
    }
    assert!(server.asked().is_empty());
}
