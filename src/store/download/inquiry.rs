//! Asking hubs what is in a repository, until one of them tells: each in turn, the refusing ones once, the others
//! again after a pause. That takes a while at most, and nothing has to be kept of it.

use std::thread;

use super::address::Address;
use super::endpoint::{Endpoint, NoAddress};
use super::failure::Failure;
use super::pace::chance;
use super::request::Client;
use super::tree::{self, NoTree, Tree};
use super::trouble::{Course, Trouble};
use super::{Event, Net};

/// A repository on one hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The hub.
    pub endpoint: Endpoint,
    /// Its name there.
    pub name: String,
    /// The commit that is wanted; `None`: whichever is the newest.
    pub revision: Option<String>,
}

impl Repository {
    /// The revision to ask for.
    #[must_use]
    pub fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or(self.endpoint.newest())
    }

    /// The address of a file of it.
    ///
    /// # Errors
    /// A name that is refused.
    pub fn file(&self, name: &str) -> Result<Address, NoAddress> {
        self.endpoint.file(&self.name, self.revision(), name)
    }
}

/// Asks which files there are. Gives back which of the repositories told, and what it told.
///
/// # Errors
/// [`Failure::Unlisted`] where none did, [`Failure::Name`] where one has a name that is refused.
pub fn inquire(
    repositories: &[Repository],
    net: &Net,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<(usize, Tree), Failure> {
    let client = Client::new(&net.pace, net.tokens.clone());
    let hosts: Vec<String> = repositories.iter().map(|one| one.endpoint.origin().to_string()).collect();
    let mut troubles: Vec<Option<Trouble>> = vec![None; repositories.len()];
    for n_failed in 1..=net.pace.n_tries {
        let mut again: Vec<usize> = (0..repositories.len()).collect();
        again.retain(|i| troubles[*i].as_ref().is_none_or(|trouble| trouble.course() != Course::Never));
        for (n, i) in again.iter().copied().enumerate() {
            let (repository, host) = (&repositories[i], hosts[i].as_str());
            report(Event::Asking { host });
            let trouble = match tree::list(&client, &repository.endpoint, &repository.name, repository.revision()) {
                Ok(tree) => return Ok((i, tree)),
                Err(NoTree::Address(NoAddress::Name(bad))) => return Err(Failure::Name(bad)),
                Err(NoTree::Address(NoAddress::Address(bad))) => Trouble::Redirect(bad),
                Err(NoTree::Trouble(trouble)) => trouble,
            };
            if n + 1 < again.len() {
                report(Event::GaveUp { host, trouble: &trouble });
            }
            troubles[i] = Some(trouble);
        }
        let told = troubles.iter().zip(&hosts).filter_map(|(trouble, host)| Some((trouble.as_ref()?, host)));
        let willing = told.filter(|(trouble, _)| trouble.course() != Course::Never);
        let pauses = willing.filter_map(|(trouble, host)| {
            Some((net.pace.pause_after(n_failed, trouble.retry_after(), chance())?, host, trouble))
        });
        // After the shortest of them, the others are asked along.
        let Some((pause, host, trouble)) = pauses.min_by_key(|(pause, ..)| *pause) else { break };
        if n_failed < net.pace.n_tries {
            report(Event::Troubled { host, trouble, pause });
            thread::sleep(pause);
        }
    }
    let repo = repositories.first().map(|one| one.name.clone()).unwrap_or_default();
    let hubs = hosts.into_iter().zip(troubles).filter_map(|(host, trouble)| Some((host, trouble?))).collect();
    Err(Failure::Unlisted { repo, hubs })
}
