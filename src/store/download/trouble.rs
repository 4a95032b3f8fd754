//! What may go wrong between us and one server, and what is to be done then: try again, go elsewhere first, or give
//! this server up. What ends a whole download is in `failure`.

use std::fmt;
use std::io;
use std::time::Duration;

use ureq::Timeout;

use super::address::BadAddress;
use crate::text::Untrusted;
use crate::tr;

/// What went wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// No connection: no such host, refused, no encryption agreed on, a proxy that does not work.
    Unreachable(String),
    /// Nothing, or next to nothing, came for so long.
    Stalled(Duration),
    /// The connection ended before everything was there.
    Cut,
    /// What came is not HTTP as it should be.
    Broken(String),
    /// The server cannot answer now.
    Busy {
        /// Its status.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The server says no.
    Status {
        /// Its status.
        status: u16,
        /// Its own words, where it has any.
        said: String,
    },
    /// It sends us where we do not go.
    Redirect(BadAddress),
    /// It sends us on and on.
    Redirects,
    /// A web page came in place of the file.
    Page,
    /// What comes is not a GGUF file.
    NotGguf,
    /// The file came compressed, although we take it only as it is.
    Compressed,
    /// The file there is not as long as it should be.
    Size {
        /// Bytes that it should have.
        expected: u64,
        /// Bytes that it has.
        found: u64,
    },
    /// Another part came than was asked for.
    WrongPart,
    /// There is no such part. `n_total` is the length of the file there.
    NoSuchPart {
        /// In bytes, where it is told.
        n_total: Option<u64>,
    },
    /// Parts of the file cannot be had, only all of it.
    NoParts,
    /// The file there changed while it was fetched.
    Changed,
    /// It shows now one version and now another of a file of which there is one alone.
    TwoVersions,
    /// Neither its length nor its hash is known, so nobody could tell whether it is whole.
    NoLength,
    /// What came is no list of files.
    NotAList(String),
}

/// What to do after a [`Trouble`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Try the same server again after a pause.
    Again,
    /// Try another server first.
    Elsewhere,
    /// Ask this server no more.
    Never,
}

impl Trouble {
    /// What to do after it.
    #[must_use]
    pub fn course(&self) -> Course {
        match self {
            Self::Unreachable(_) | Self::Stalled(_) => Course::Elsewhere,
            Self::Cut | Self::Broken(_) | Self::Busy { .. } | Self::Changed | Self::NoParts => Course::Again,
            Self::Status { .. }
            | Self::Redirect(_)
            | Self::Redirects
            | Self::Page
            | Self::NotGguf
            | Self::Compressed
            | Self::Size { .. }
            | Self::WrongPart
            | Self::NoSuchPart { .. }
            | Self::TwoVersions
            | Self::NoLength
            | Self::NotAList(_) => Course::Never,
        }
    }

    /// How long the server asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// A request that got no answer.
    pub(super) fn of_request(error: ureq::Error, stall: Duration) -> Self {
        use io::ErrorKind as Kind;
        match error {
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                Self::Unreachable(tr!("连接超时", "timed out while connecting"))
            }
            ureq::Error::Timeout(_) => Self::Stalled(stall),
            ureq::Error::HostNotFound => Self::Unreachable(tr!("找不到这个主机", "host not found")),
            ureq::Error::Io(error) => match error.kind() {
                Kind::UnexpectedEof | Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => Self::Cut,
                _ => Self::Unreachable(error.to_string()),
            },
            error @ (ureq::Error::Protocol(_)
            | ureq::Error::Http(_)
            | ureq::Error::BadUri(_)
            | ureq::Error::LargeResponseHeader(..)) => Self::Broken(error.to_string()),
            error => Self::Unreachable(error.to_string()),
        }
    }

    /// An answer whose body broke off.
    pub(in crate::store) fn of_body(error: io::Error, stall: Duration) -> Self {
        // The reader wraps the library's own errors into the system's.
        match ureq::Error::from(error) {
            ureq::Error::Timeout(_) => Self::Stalled(stall),
            ureq::Error::Io(error) if error.kind() != io::ErrorKind::InvalidData => Self::Cut,
            error => Self::Broken(error.to_string()),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Unreachable(why) => {
                let why = Untrusted(why);
                tr!("连不上（{why}）", "cannot be reached ({why})")
            }
            Self::Stalled(after) => {
                let seconds = after.as_secs();
                tr!("{seconds} 秒没有数据", "sent nothing for {seconds} s")
            }
            Self::Cut => tr!("连接中断", "the connection broke off"),
            Self::Broken(what) => {
                let what = Untrusted(what);
                tr!("应答有误（{what}）", "its answer makes no sense ({what})")
            }
            Self::Busy { status, .. } => tr!("暂时无法服务（HTTP {status}）", "cannot serve now (HTTP {status})"),
            Self::Status { status: 401 | 403, said } => {
                let said = Said(said);
                tr!(
                    "没有权限{said}。若该模型需要登录或同意许可，请先在网页上同意，再设环境变量 HF_TOKEN",
                    "no permission{said}. If this model asks for a login or a licence, accept it on its page, then set the variable HF_TOKEN"
                )
            }
            Self::Status { status: 404 | 410, said } => {
                let said = Said(said);
                tr!("没有这个文件{said}", "no such file{said}")
            }
            Self::Status { status, said } => {
                let said = Said(said);
                tr!("拒绝（HTTP {status}）{said}", "refuses (HTTP {status}){said}")
            }
            Self::Redirect(bad) => tr!("要把我们引到别处：{bad}", "sends us elsewhere: {bad}"),
            Self::Redirects => tr!("重定向太多", "too many redirects"),
            Self::Page => tr!(
                "给的是网页而不是文件；也许网络要先登录，请打开浏览器看看",
                "sent a web page in place of the file; the network may want a login first, look in a browser"
            ),
            Self::NotGguf => tr!("给的不是 GGUF 文件", "what it sends is not a GGUF file"),
            Self::Compressed => tr!("把文件压缩后才给", "sends the file compressed"),
            Self::Size { expected, found } => tr!(
                "文件应为 {expected} 字节，那里的是 {found} 字节",
                "the file should have {expected} bytes, the one there has {found}"
            ),
            Self::WrongPart => tr!("给的不是所要的那一段", "sent another part than was asked for"),
            Self::NoSuchPart { .. } => tr!("没有所要的那一段", "has no such part of the file"),
            Self::NoParts => tr!("不能分段下载，要从头开始", "sends no parts of a file, only all of it from the start"),
            Self::Changed => tr!("那里的文件变了，要从头开始", "the file there changed, so it starts over"),
            Self::TwoVersions => tr!(
                "同一个文件先后给出两个版本，不再从那里下载",
                "shows two versions of one and the same file, so no more is fetched from it"
            ),
            Self::NoLength => tr!("不说文件有多长", "does not say how long the file is"),
            Self::NotAList(what) => {
                let what = Untrusted(what);
                tr!("给的文件列表读不懂（{what}）", "its list of files cannot be read ({what})")
            }
        };
        f.write_str(&sentence)
    }
}

impl std::error::Error for Trouble {}

/// A server's own words behind ours.
struct Said<'a>(&'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.trim() {
            "" => Ok(()),
            said => {
                let said = Untrusted(said);
                f.write_str(&tr!("：“{said}”", ": \"{said}\""))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_library_find_their_course() {
        let stall = Duration::from_secs(30);
        let request = |error| Trouble::of_request(error, stall).course();
        let io = |kind: io::ErrorKind| ureq::Error::Io(kind.into());
        assert_eq!(request(ureq::Error::HostNotFound), Course::Elsewhere);
        assert_eq!(request(ureq::Error::Timeout(Timeout::Connect)), Course::Elsewhere);
        assert_eq!(request(ureq::Error::Timeout(Timeout::RecvResponse)), Course::Elsewhere);
        assert_eq!(request(io(io::ErrorKind::ConnectionRefused)), Course::Elsewhere);
        assert_eq!(request(io(io::ErrorKind::InvalidData)), Course::Elsewhere);
        assert_eq!(request(io(io::ErrorKind::UnexpectedEof)), Course::Again);
        assert_eq!(request(ureq::Error::LargeResponseHeader(1, 2)), Course::Again);
        let body = |error: ureq::Error| Trouble::of_body(error.into_io(), stall);
        assert_eq!(body(ureq::Error::Timeout(Timeout::PerRead)), Trouble::Stalled(stall));
        assert_eq!(body(io(io::ErrorKind::UnexpectedEof)), Trouble::Cut);
        assert!(matches!(body(io(io::ErrorKind::InvalidData)), Trouble::Broken(_)));
    }

    #[test]
    fn a_servers_words_are_shown_harmlessly() {
        let said = "\u{1b}]0;x\u{7} ".to_owned() + &"长".repeat(1000);
        let shown = Trouble::Status { status: 404, said }.to_string();
        assert!(shown.contains("^[]0;x^G") && !shown.contains('\u{1b}') && shown.chars().count() < 600, "{shown}");
        assert_eq!(Trouble::Status { status: 410, said: " ".into() }.to_string(), tr!("没有这个文件", "no such file"));
    }
}
