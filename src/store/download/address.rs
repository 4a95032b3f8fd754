//! An address that may be asked: `https`, or `http` on this very machine, and never with a user's name in it. Where a
//! redirect leads is an [`Address`] too, so it cannot lead anywhere else.

use std::fmt;

use ureq::http::Uri;

use crate::text::Untrusted;
use crate::tr;

/// Why an address is not asked. Addresses in it are without their query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadAddress {
    /// It cannot be read.
    Malformed(String),
    /// It is not encrypted, and not on this machine.
    Insecure(String),
}

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Malformed(shown) => {
                let shown = Untrusted(shown);
                tr!(
                    "“{shown}”不是网址。应为 https://主机/路径",
                    "\"{shown}\" is not an address. Give https://HOST/PATH"
                )
            }
            Self::Insecure(shown) => {
                let shown = Untrusted(shown);
                tr!(
                    "{shown} 没有加密，不从那里下载。请用 https:// 开头的地址",
                    "{shown} is not encrypted, and nothing is downloaded from it. Give an address that begins with https://"
                )
            }
        };
        f.write_str(&sentence)
    }
}

impl std::error::Error for BadAddress {}

/// Who is asked: scheme, host and port. A token belongs to one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: &'static str,
    host: String,
    port: u16,
}

impl Origin {
    /// The host's name, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        match (*scheme, port) {
            ("https", 443) | ("http", 80) => write!(f, "{}", Untrusted(host)),
            _ => write!(f, "{}:{port}", Untrusted(host)),
        }
    }
}

/// An address that may be asked. Printed, it is without its query, in which signatures stand.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    uri: Uri,
    origin: Origin,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let malformed = || BadAddress::Malformed(without_query(text).to_owned());
        let asked = Some(without_fragment(text.trim())).filter(|asked| asked.is_ascii()).ok_or_else(malformed)?;
        let uri = Uri::try_from(asked).map_err(|_| malformed())?;
        let (scheme, default_port) = match uri.scheme_str() {
            Some("https") => ("https", 443),
            Some("http") => ("http", 80),
            _ => return Err(malformed()),
        };
        let authority = uri.authority().ok_or_else(malformed)?;
        if authority.host().is_empty() || authority.as_str().contains('@') {
            return Err(malformed());
        }
        let port = match authority.port_u16() {
            Some(port) => port,
            None if authority.as_str() == authority.host() => default_port,
            None => return Err(malformed()),
        };
        let origin = Origin { scheme, host: authority.host().to_ascii_lowercase(), port };
        if scheme == "http" && !origin.is_loopback() {
            return Err(BadAddress::Insecure(without_query(text).to_owned()));
        }
        Ok(Self { uri, origin })
    }

    /// The address of what lies under this one: `path` has no slash in front.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn child(&self, path: &str) -> Result<Self, BadAddress> {
        let base = self.uri.to_string();
        Self::parse(&format!("{}/{path}", without_query(&base).trim_end_matches('/')))
    }

    /// Where a redirect from here leads. Out of an encrypted connection, it leads to another.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn join(&self, location: &str) -> Result<Self, BadAddress> {
        let location = without_fragment(location.trim());
        let Origin { scheme, .. } = self.origin;
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        let path = self.uri.path();
        let has_scheme = location.split(['/', '?']).next().is_some_and(|start| start.contains(':'));
        let whole = match location {
            "" => return Err(BadAddress::Malformed(String::new())),
            _ if has_scheme => location.to_owned(),
            _ if location.starts_with("//") => format!("{scheme}:{location}"),
            _ if location.starts_with('/') => format!("{scheme}://{authority}{location}"),
            _ if location.starts_with('?') => format!("{scheme}://{authority}{path}{location}"),
            _ => {
                let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
                format!("{scheme}://{authority}{folder}{location}")
            }
        };
        let there = Self::parse(&whole)?;
        // A host elsewhere has no business sending us to what runs on this machine.
        if scheme == "https" && there.origin.scheme == "http" {
            return Err(BadAddress::Insecure(there.to_string()));
        }
        Ok(there)
    }

    /// Who is asked.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.uri.to_string();
        write!(f, "{}", Untrusted(without_query(&text)))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

fn without_query(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or_default()
}

fn without_fragment(text: &str) -> &str {
    text.split('#').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn what_may_be_asked() {
        for text in [
            "https://huggingface.co",
            "https://huggingface.co/",
            "HTTPS://HuggingFace.co/a/b",
            "https://hf-mirror.com:8443/a?b=c",
            "https://1.2.3.4/",
            "http://127.0.0.1:8080/a",
            "http://127.9.9.9/",
            "http://localhost:80",
            "http://[::1]:9/x",
        ] {
            assert!(Address::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "huggingface.co",
            "/a/b",
            "ftp://a/b",
            "file:///etc/passwd",
            "https://",
            "https:///a",
            "https://huggingface.co@evil.example/a",
            "https://user:password@huggingface.co/a",
            "https://a b/",
            "https://a/\r\nHost: b",
            "https://a:99999/",
            "https://a:/",
            "https://模型/",
        ] {
            assert!(matches!(Address::parse(text), Err(BadAddress::Malformed(_))), "{text}");
        }
        for text in ["http://huggingface.co/a", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/"] {
            assert!(matches!(Address::parse(text), Err(BadAddress::Insecure(_))), "{text}");
        }
    }

    #[test]
    fn origins_are_told_apart() {
        let origin = |text| address(text).origin().clone();
        assert_eq!(origin("https://Huggingface.co/a?b"), origin("https://huggingface.co:443/c"));
        for other in ["https://huggingface.co:444", "https://cdn.huggingface.co", "https://huggingface.co.evil.example"]
        {
            assert_ne!(origin("https://huggingface.co"), origin(other));
        }
        assert_ne!(origin("http://127.0.0.1:443"), origin("https://127.0.0.1:443"));
        let shown = |text| origin(text).to_string();
        assert_eq!(shown("https://huggingface.co/a"), "huggingface.co");
        assert_eq!(shown("http://127.0.0.1:81/a"), "127.0.0.1:81");
    }

    #[test]
    fn redirects() {
        let here = address("https://huggingface.co/a/resolve/main/b.gguf?download=true");
        for (location, there) in [
            ("https://cdn.example/x?sig=1#part", "https://cdn.example/x?sig=1"),
            ("//cdn.example/x", "https://cdn.example/x"),
            ("/c/d?e=https://f/", "https://huggingface.co/c/d?e=https://f/"),
            ("?e", "https://huggingface.co/a/resolve/main/b.gguf?e"),
            ("c.gguf", "https://huggingface.co/a/resolve/main/c.gguf"),
        ] {
            assert_eq!(here.join(location).unwrap().uri().to_string(), there);
        }
        for location in ["http://huggingface.co/a", "http://127.0.0.1/a", "http://localhost:6379/"] {
            assert!(matches!(here.join(location), Err(BadAddress::Insecure(_))), "{location}");
        }
        for location in ["", " ", "javascript:alert(1)", "file:///x", "https://a@b/", "/a\nb", "/模型"] {
            assert!(matches!(here.join(location), Err(BadAddress::Malformed(_))), "{location}");
        }
        let local = address("http://127.0.0.1:8080/a");
        assert!(local.join("http://127.0.0.1:9090/b").is_ok() && local.join("https://a/b").is_ok());
        assert!(matches!(local.join("http://a/b"), Err(BadAddress::Insecure(_))));
    }

    #[test]
    fn children() {
        for base in ["https://a/b", "https://a/b/", "https://a/b?c"] {
            assert_eq!(address(base).child("d/e?f=g").unwrap().uri().to_string(), "https://a/b/d/e?f=g");
        }
        assert_eq!(address("https://a").child("d").unwrap().uri().to_string(), "https://a/d");
    }

    #[test]
    fn signatures_are_not_shown() {
        let signed = address("https://cdn.example/x?X-Amz-Signature=abc");
        for shown in [format!("{signed}"), format!("{signed:?}"), format!("{:?}", signed.join("http://b/?sig=abc"))] {
            assert!(!shown.contains("abc"), "{shown}");
        }
        assert_eq!(signed.to_string(), "https://cdn.example/x");
        assert!(!BadAddress::Malformed("\u{1b}x".into()).to_string().contains('\u{1b}'));
    }
}
