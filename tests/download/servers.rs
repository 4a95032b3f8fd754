//! Several servers, where they send us, and what they are told: the order they are asked in, redirects, tokens, and a
//! hub's list of files.

use std::fs;

use liao::exit::Exit;
use liao::store::download::endpoint::{Endpoint, Manner};
use liao::store::download::request::Client;
use liao::store::download::secret::Secret;
use liao::store::download::sum::Sum;
use liao::store::download::trouble::Trouble;
use liao::store::download::{Failure, Pace, tree};

use super::{BLOCK, N_BYTES, Place, content, parts};
use crate::support::faults::{Asked, DESERTED, FaultServer, Reply};

#[test]
fn a_slow_mirror_is_left_for_a_good_one() {
    let slow = FaultServer::start(&content(), |_| Reply::good().stall(1000));
    let good = FaultServer::good(&content());
    let mut place = Place::new(&[slow.url("/x"), good.url("/y")]);
    assert_eq!(place.comes().host, Some(good.host()));
    assert!(slow.asked().len() <= 4, "each connection leaves it at once");
    // What the slow one did bring is not fetched again.
    let first = parts(&good.asked())[0];
    assert!(first.0 > 0, "{first:?}");
}

#[test]
fn servers_are_tried_in_order_until_one_serves() {
    let absent = FaultServer::start(&content(), |_| Reply::status(404));
    let wrong = FaultServer::start(&content(), |_| Reply::good().claim(7));
    let good = FaultServer::good(&content());
    let mut place = Place::new(&[format!("{DESERTED}/x"), absent.url("/x"), wrong.url("/x"), good.url("/x")]);
    assert_eq!(place.comes().host, Some(good.host()));
    assert_eq!((absent.asked().len(), wrong.asked().len()), (1, 1));
    let gave_up = place.events.iter().filter(|event| event.starts_with("GaveUp")).count();
    assert_eq!(gave_up, 3);
    // With none that serves, each is told of.
    let mut place = Place::new(&[format!("{DESERTED}/x"), absent.url("/x")]);
    let Failure::Servers(all) = place.fails(Exit::Network, false) else { panic!("not the servers") };
    assert!(matches!(all[0].1, Trouble::Unreachable(_)) && matches!(all[1].1, Trouble::Status { status: 404, .. }));
}

#[test]
fn a_server_that_breaks_down_half_way_is_gone_on_from_elsewhere() {
    let broken = FaultServer::start(&content(), |asked| match asked.n {
        0 | 1 => Reply::good(),
        _ => Reply::status(500),
    });
    let good = FaultServer::start(&content(), |_| Reply::good().tag("other"));
    let mut place = Place::new(&[broken.url("/x"), good.url("/x")]);
    assert_eq!(place.comes().host, Some(good.host()));
    let n_wanted: u64 = parts(&good.asked()).iter().map(|(start, end)| end.unwrap() - start).sum();
    assert_eq!(n_wanted, (N_BYTES - 2 * BLOCK) as u64);
    // Without a hash, nothing holds the two to the same bytes: the other begins at zero.
    let broken = FaultServer::start(&content(), |asked| match asked.n {
        0 | 1 => Reply::good(),
        _ => Reply::status(500),
    });
    let mut place = Place::new(&[broken.url("/x"), good.url("/x")]);
    place.wanted.sum = None;
    let n_before = good.asked().len();
    place.comes();
    assert_eq!(parts(&good.asked()[n_before..])[0].0, 0);
}

#[test]
fn two_that_never_finish_do_not_take_turns_for_ever() {
    // Without a hash neither may go on with what the other brought.
    let [one, two] = [(); 2].map(|()| FaultServer::start(&content(), |_| Reply::good().stall(1000)));
    let mut place = Place::new(&[one.url("/x"), two.url("/x")]);
    place.wanted.sum = None;
    place.net.pace.n_connections = 1;
    place.net.pace.stall = std::time::Duration::from_millis(100);
    let failed = place.fetch();
    assert!(matches!(failed, Err(Failure::Servers(_))), "{failed:?}");
    assert!(!place.path().exists());
    let n_asked = [&one, &two].map(|server| server.asked().len());
    assert!(n_asked.iter().all(|n| (2..=20).contains(n)), "{n_asked:?}");
}

#[test]
fn redirects_are_followed_and_the_way_is_remembered() {
    let cdn = FaultServer::good(&content());
    let to = cdn.url("/signed?X-Signature=secret");
    let hub = FaultServer::start(&content(), move |_| Reply::redirect(&to));
    let mut place = Place::of(&hub);
    place.net.pace.n_connections = 1;
    assert_eq!(place.comes().host, Some(hub.host()));
    assert_eq!((hub.asked().len(), cdn.asked().len()), (1, 6));
    assert!(!place.saw("secret"));
    // Signed addresses expire: then the way round is taken again.
    let expired = FaultServer::start(&content(), |asked| if asked.n == 2 { Reply::status(403) } else { Reply::good() });
    let to = expired.url("/signed");
    let hub = FaultServer::start(&content(), move |_| Reply::redirect(&to));
    let mut place = Place::of(&hub);
    place.net.pace.n_connections = 1;
    place.comes();
    assert_eq!((hub.asked().len(), expired.asked().len()), (2, 7));
}

#[test]
fn redirects_lead_only_where_we_go() {
    for to in ["http://example.com/x?secret", "ftp://127.0.0.1/x", "https://user@127.0.0.1/x", "", "file:///etc/passwd"]
    {
        let server = FaultServer::start(&content(), move |_| Reply::redirect(to));
        let mut place = Place::of(&server);
        let Failure::Servers(all) = place.fails(Exit::Network, false) else { panic!("{to}") };
        assert!(matches!(all[0].1, Trouble::Redirect(_)), "{to}: {:?}", all[0]);
        assert!(!format!("{} {all:?}", Failure::Servers(all.clone())).contains("secret"));
        assert_eq!(server.asked().len(), 1);
    }
    let server = FaultServer::start(&content(), |asked| Reply::redirect(&format!("/{}", asked.n)));
    Place::of(&server).fails_with(&Trouble::Redirects, false);
    assert_eq!(server.asked().len(), 11);
}

#[test]
fn a_token_goes_to_its_own_host_alone() {
    let cdn = FaultServer::good(&content());
    let to = cdn.url("/x");
    let hub = FaultServer::start(&content(), move |_| Reply::redirect(&to));
    let mirror = FaultServer::good(&content());
    let mut place = Place::new(&[hub.url("/x"), mirror.url("/x")]);
    let origin = place.wanted.sources[0].origin().clone();
    place.net.tokens = vec![(origin, Secret::new("hf_this_is_secret").unwrap())];
    place.comes();
    assert!(!hub.asked().is_empty() && !cdn.asked().is_empty());
    assert!(hub.asked().iter().all(|asked| asked.header("authorization") == Some("Bearer hf_this_is_secret")));
    assert!(cdn.asked().iter().all(|asked| asked.header("authorization").is_none()));
    // To a mirror it does not go either.
    place.wanted.sources.remove(0);
    fs::remove_file(place.path()).unwrap();
    place.comes();
    assert!(!mirror.asked().is_empty());
    assert!(mirror.asked().iter().all(|asked| asked.header("authorization").is_none()));
    assert!(!place.saw("hf_this_is_secret") && !format!("{:?}", place.net).contains("hf_this_is_secret"));
}

#[test]
fn a_hub_tells_what_is_in_a_repository() {
    let commit = "245bc5104d85dcc9a11a0e0a9ae6de38dfae536f";
    let sum = Sum::of_bytes(&content());
    let answer = move |asked: &Asked| {
        let page = |text: String| Reply::good().content(text.as_bytes());
        match asked.path.as_str() {
            "/api/models/a/b/revision/main" => page(format!(r#"{{"sha":"{commit}"}}"#)),
            path if path == format!("/api/models/a/b/tree/{commit}?recursive=true") => {
                page(r#"[{"type":"file","path":"config.json","size":5,"oid":"0"}]"#.to_owned())
                    .header("Link", "</more?cursor=2>; rel=\"next\"")
            }
            "/more?cursor=2" => page(format!(
                r#"[{{"type":"file","path":"a.gguf","size":1,"oid":"0","lfs":{{"oid":"{sum}","size":{N_BYTES},"pointerSize":1}}}}]"#
            )),
            _ => Reply::status(404),
        }
    };
    let server = FaultServer::start(b"", answer);
    let endpoint = Endpoint::new(&server.url(""), Manner::HuggingFace).unwrap();
    let client = Client::new(&Pace::default(), Vec::new());
    let found = tree::list(&client, &endpoint, "a/b", "main").unwrap();
    assert_eq!((found.revision.as_str(), found.files.len()), (commit, 2));
    let listed = found.find("a.gguf").unwrap();
    assert_eq!((listed.n_bytes, listed.sum), (N_BYTES as u64, Some(sum)));
    assert_eq!(found.find("config.json").unwrap().sum, None);
    // A commit needs no asking what it stands for.
    let n_before = server.asked().len();
    tree::list(&client, &endpoint, "a/b", commit).unwrap();
    assert_eq!(server.asked().len(), n_before + 2);
    let absent = tree::list(&client, &endpoint, "a/c", "main");
    assert!(matches!(absent, Err(tree::NoTree::Trouble(Trouble::Status { status: 404, .. }))), "{absent:?}");
    assert!(matches!(tree::list(&client, &endpoint, "a/..", "main"), Err(tree::NoTree::Address(_))));
}
