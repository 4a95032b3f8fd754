//! One question to a server, with its redirects followed by hand, and the head of the answer read and checked. What
//! comes out as an [`Answer`] is a whole file or exactly a part of one, uncompressed, from where we may go. A token
//! goes to its own origin and to no other, however we got there.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderMap, HeaderValue};

use super::address::{Address, Origin};
use super::pace::Pace;
use super::range::{ContentRange, ETag, retry_after};
use super::secret::Secret;
use super::trouble::Trouble;

const MAX_REDIRECTS: usize = 10;

/// The most that is read of an answer that is not a file.
const MAX_TEXT_BYTES: u64 = 32 << 20;

/// Whoever asks: connections that are kept open, and the tokens with the origins that they belong to.
#[derive(Debug, Clone)]
pub struct Client {
    agent: ureq::Agent,
    tokens: Vec<(Origin, Secret)>,
    stall: Duration,
}

/// Which part of a file is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// The first byte, and the one behind the last where that is not simply all the rest. `None`: the whole file,
    /// without the word `Range`.
    pub part: Option<(u64, Option<u64>)>,
    /// Only if the file is still the one of this version; else it is the whole of the new one that comes.
    pub only_if: Option<String>,
}

/// A file, or a part of one, about to come.
pub struct Answer {
    /// Where it came from in the end.
    pub address: Address,
    /// Its place in the file: of a part, where it begins and ends; of a whole file, from 0 to its length where that
    /// is told.
    pub part: Option<Range<u64>>,
    /// The length of the whole file, where it is told.
    pub n_total: Option<u64>,
    /// Whether it is the whole file.
    pub is_whole: bool,
    /// The version of the file.
    pub etag: Option<ETag>,
    /// Whether the server calls it a web page.
    pub is_page: bool,
    /// The bytes.
    pub body: ureq::BodyReader<'static>,
}

impl Client {
    /// Makes one. Proxies are those that the process's environment names (`ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY`,
    /// `NO_PROXY`), but for this machine itself.
    #[must_use]
    pub fn new(pace: &Pace, tokens: Vec<(Origin, Secret)>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("liao/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .timeout_resolve(Some(pace.connect))
            .timeout_connect(Some(pace.connect))
            .timeout_recv_response(Some(pace.stall))
            .timeout_per_read(Some(pace.stall))
            .timeout_per_write(Some(pace.stall))
            .max_idle_connections_per_host(pace.n_connections.max(1))
            .build();
        Self { agent: config.new_agent(), tokens, stall: pace.stall }
    }

    /// Breaks off whatever is being asked through this client or a clone of it; afterwards they are of no use.
    pub fn break_off(&self) {
        self.agent.clone().shutdown();
    }

    /// Asks for a file.
    ///
    /// # Errors
    /// Anything but the file, or the part, that was wished for.
    pub fn file(&self, address: &Address, wish: &Wish) -> Result<Answer, Trouble> {
        let (address, response) = self.ask(address, wish)?;
        let (head, body) = response.into_parts();
        let is_whole = head.status == 200;
        let n_body = body.content_length().or_else(|| declared(&head.headers));
        let (part, n_total) = match header(&head.headers, "content-range").map(ContentRange::parse) {
            _ if is_whole => (n_body.map(|n| 0..n), n_body),
            Some(Some(ContentRange { span: Some(span), n_total })) => (Some(span), n_total),
            _ => return Err(Trouble::WrongPart),
        };
        let is_of_its_length = |span: &Range<u64>| n_body.is_none_or(|n| n == span.end - span.start);
        let starts_right = is_whole || part.as_ref().map(|span| span.start) == wish.part.map(|(start, _)| start);
        if !starts_right || !part.as_ref().is_none_or(is_of_its_length) {
            return Err(Trouble::WrongPart);
        }
        let kind = header(&head.headers, "content-type").unwrap_or_default().to_ascii_lowercase();
        Ok(Answer {
            address,
            part,
            n_total,
            is_whole,
            etag: header(&head.headers, "etag").and_then(ETag::parse),
            is_page: kind.starts_with("text/html") || kind.starts_with("application/xhtml"),
            body: body.into_reader(),
        })
    }

    /// Asks for a short text, whole, and the address of its next page where it has one.
    ///
    /// # Errors
    /// Anything but such a text.
    pub fn text(&self, address: &Address) -> Result<(Vec<u8>, Option<Address>), Trouble> {
        let (address, response) = self.ask(address, &Wish::default())?;
        let (head, mut body) = response.into_parts();
        let next = header(&head.headers, "link").and_then(next_page).map(|link| address.join(link)).transpose();
        let next = next.map_err(Trouble::Redirect)?;
        let text = body.with_config().limit(MAX_TEXT_BYTES).read_to_vec();
        Ok((text.map_err(|error| Trouble::of_body(error.into_io(), self.stall))?, next))
    }

    /// The answer at the end of all redirects, with a good status and no compression.
    fn ask(&self, address: &Address, wish: &Wish) -> Result<(Address, Response), Trouble> {
        let mut address = address.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.ask_once(&address, wish)?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                check(response.status().as_u16(), response.headers())?;
                return Ok((address, response));
            }
            let location = header(response.headers(), "location").unwrap_or_default();
            address = address.join(location).map_err(Trouble::Redirect)?;
        }
        Err(Trouble::Redirects)
    }

    fn ask_once(&self, address: &Address, wish: &Wish) -> Result<Response, Trouble> {
        let mut request = self.agent.get(address.uri());
        if let Some((start, end)) = wish.part {
            let last = end.map(|end| end.saturating_sub(1).to_string()).unwrap_or_default();
            request = request.header("Range", format!("bytes={start}-{last}"));
            if let Some(version) = &wish.only_if {
                request = request.header("If-Range", version);
            }
        }
        if let Some((_, token)) = self.tokens.iter().find(|(origin, _)| origin == address.origin())
            && let Ok(mut value) = HeaderValue::try_from(token.bearer())
        {
            value.set_sensitive(true);
            request = request.header("Authorization", value);
        }
        if address.origin().is_loopback() {
            request = request.config().proxy(None).build();
        }
        request.call().map_err(|error| Trouble::of_request(error, self.stall))
    }
}

type Response = ureq::http::Response<ureq::Body>;

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The length that is declared; the library tells none of a body of no bytes.
fn declared(headers: &HeaderMap) -> Option<u64> {
    match (header(headers, "transfer-encoding"), header(headers, "content-length")) {
        (None, Some(length)) => length.trim().parse().ok(),
        _ => None,
    }
}

/// Whether an answer is one: a status that brings what was asked for, and bytes as they are.
fn check(status: u16, headers: &HeaderMap) -> Result<(), Trouble> {
    match status {
        200 | 206 => {}
        408 | 425 | 429 | 500..=599 => {
            let retry_after = header(headers, "retry-after").and_then(|wish| retry_after(wish, SystemTime::now()));
            return Err(Trouble::Busy { status, retry_after });
        }
        416 => {
            let range = header(headers, "content-range").and_then(ContentRange::parse);
            return Err(Trouble::NoSuchPart { n_total: range.and_then(|range| range.n_total) });
        }
        // The hub's own header for what went wrong; bodies are pages more often than sentences.
        _ => {
            let said = header(headers, "x-error-message").unwrap_or_default().to_owned();
            return Err(Trouble::Status { status, said });
        }
    }
    match header(headers, "content-encoding") {
        Some(encoding) if !encoding.trim().eq_ignore_ascii_case("identity") => Err(Trouble::Compressed),
        _ => Ok(()),
    }
}

/// The target that a `Link` header (RFC 8288) calls the next one.
fn next_page(link: &str) -> Option<&str> {
    link.split(',').find_map(|link| {
        let (target, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = |parameter: &str| matches!(parameter.trim(), "rel=\"next\"" | "rel=next");
        rest.split(';').any(is_next).then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_pages() {
        for (link, target) in [
            ("<https://a/b?cursor=c>; rel=\"next\"", Some("https://a/b?cursor=c")),
            ("<https://a/1>; rel=\"prev\", <https://a/3>; rel=\"next\"", Some("https://a/3")),
            ("</b?c>;rel=next", Some("/b?c")),
            ("<https://a/1>; rel=\"last\"", None),
            ("<https://a/1", None),
            ("https://a/1; rel=next", None),
            ("", None),
        ] {
            assert_eq!(next_page(link), target, "{link}");
        }
    }

    #[test]
    fn statuses_and_encodings() {
        let headers = |all: &[(&'static str, &'static str)]| -> HeaderMap {
            all.iter()
                .map(|(name, value)| (ureq::http::HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect()
        };
        let none = headers(&[]);
        assert_eq!((check(200, &none), check(206, &none)), (Ok(()), Ok(())));
        for status in [408, 429, 500, 502, 503, 504] {
            assert_eq!(check(status, &none), Err(Trouble::Busy { status, retry_after: None }));
        }
        let wait = Some(Duration::from_secs(7));
        assert_eq!(
            check(429, &headers(&[("retry-after", "7")])),
            Err(Trouble::Busy { status: 429, retry_after: wait })
        );
        assert_eq!(
            check(416, &headers(&[("content-range", "bytes */9")])),
            Err(Trouble::NoSuchPart { n_total: Some(9) })
        );
        for status in [201, 204, 304, 400, 401, 403, 404, 410, 451] {
            assert_eq!(check(status, &none), Err(Trouble::Status { status, said: String::new() }));
        }
        assert_eq!(check(200, &headers(&[("content-encoding", "gzip")])), Err(Trouble::Compressed));
        assert_eq!(check(200, &headers(&[("content-encoding", "Identity")])), Ok(()));
    }
}
