//! The folders that liao writes to: whether it can. Nothing is made, and nothing is written to find out.

use std::io;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::commands::Call;
use crate::exit::cause;
use crate::text::untrusted;
use crate::tr;

pub(super) fn findings(call: &Call) -> Vec<Finding> {
    let paths = &call.config.paths;
    let log = paths.log();
    let log = call.config.settings.log_file().unwrap_or(&log);
    [
        ("models", tr!("模型", "models"), paths.models()),
        ("sessions", tr!("会话", "sessions"), paths.sessions()),
        ("history", tr!("输入历史", "history"), paths.data.clone()),
        ("log", tr!("日志", "log"), crate::disk::folder_of(log).to_owned()),
    ]
    .into_iter()
    .map(|(check, name, folder)| finding(check, &name, &folder))
    .collect()
}

fn finding(check: &'static str, name: &str, folder: &Path) -> Finding {
    let (shown, value) = (untrusted::path(folder), folder.to_string_lossy().into_owned());
    let (place, error) = match try_out(folder) {
        Ok(true) => return Finding::well(check, tr!("{name}：{shown}", "{name}: {shown}"), value),
        Ok(false) => {
            return Finding::well(
                check,
                tr!("{name}：{shown}（用到时新建）", "{name}: {shown} (created when needed)"),
                value,
            );
        }
        Err(found) => found,
    };
    let (place, error) = (untrusted::path(&place), cause(&error));
    Finding::broken(
        check,
        tr!("{name}：{shown} 写不了（{place}：{error}）", "{name}: {shown} cannot be written ({place}: {error})"),
        tr!(
            "改好它的权限，或换一个目录：LIAO_HOME=目录 liao",
            "check its permissions, or use another directory: LIAO_HOME=DIR liao"
        ),
        value,
    )
}

/// Whether a folder is there, where it can be written or made; else what is in the way.
fn try_out(folder: &Path) -> Result<bool, (PathBuf, io::Error)> {
    // A link to nothing is there, and in the way.
    let is_there = |place: &&Path| place.symlink_metadata().is_ok();
    let place = folder.ancestors().find(is_there).unwrap_or(Path::new("."));
    let can_write = place.metadata().and_then(|is| match is.is_dir() {
        true => may_write(place),
        false => Err(io::ErrorKind::NotADirectory.into()),
    });
    can_write.map_err(|error| (place.to_owned(), error))?;
    Ok(place == folder)
}

#[cfg(unix)]
fn may_write(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(not(unix))]
fn may_write(folder: &Path) -> io::Result<()> {
    match folder.metadata()?.permissions().readonly() {
        true => Err(io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_folder_is_there_or_can_be_made_or_something_is_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(try_out(dir.path()).unwrap());
        assert!(!try_out(&dir.path().join("a/b")).unwrap());
        for folder in [file.clone(), file.join("a"), file.join("a/b")] {
            let (place, error) = try_out(&folder).unwrap_err();
            assert_eq!((place, error.kind()), (file.clone(), io::ErrorKind::NotADirectory));
            let finding = finding("x", "名", &folder);
            assert!(finding.level == Level::Broken && finding.what.contains("file"), "{finding:?}");
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is made");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path().join("nothing"), &link).unwrap();
        assert_eq!(try_out(&link.join("a")).unwrap_err().0, link);
    }
}
