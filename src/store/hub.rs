//! A model that is named by its repository on the hub, `hf:ORG/REPO`: where it is on this disk once it has been pulled.

use std::path::Path;

use super::{Resolved, cache, firsts, in_cache, note, own_file, size};
use crate::config::paths::Paths;
use crate::config::registry::Entry;
use crate::exit::{Exit, Failed};
use crate::text::hub_name::HubName;
use crate::text::untrusted;
use crate::tr;

/// Finds its file, in its folder under the models directory, else in the Hugging Face cache; there, where no file was
/// named, of the commit that was the newest when the cache was filled.
pub(super) fn resolve<'r>(
    named: &HubName<'_>,
    entry: Option<&'r Entry>,
    paths: &Paths,
) -> Result<Resolved<'r>, Failed> {
    let folder = paths.models().join(named.folder());
    let own = |file: &str| Some(folder.join(file)).filter(|path| path.is_file());
    let cached = || cache::snapshot(named.repo, None, paths).map(|found| found.folder);
    let (found, n) = match (named.file, named.quant) {
        (Some(file), _) => (own(file).or_else(|| in_cache(named.repo, None, file, paths)), 1),
        (None, Some(quant)) => (own_file(&folder, quant).or_else(|| own_file(&cached()?, quant)), 1),
        (None, None) => {
            let mut all = firsts(&folder);
            if all.is_empty() {
                all = cached().map(|folder| firsts(&folder)).unwrap_or_default();
            }
            let n = all.len();
            (all.into_iter().max_by_key(|path| size(path)), n)
        }
    };
    let path = found.ok_or_else(|| absent(named, &folder))?;
    Ok(Resolved {
        note: note(&named.model(), None, &path, n),
        path,
        name: Some(named.model()),
        quant: named.quant.map(str::to_owned),
        entry,
        detail: None,
    })
}

fn absent(named: &HubName<'_>, folder: &Path) -> Failed {
    let (name, folder) = (named.to_string(), untrusted::path(folder));
    Failed::new(
        Exit::Model,
        tr!(
            "模型 {name} 不在磁盘上（找过 {folder}）。下载：liao pull {name}",
            "the model {name} is not on disk (looked in {folder}). To get it: liao pull {name}"
        ),
    )
}
