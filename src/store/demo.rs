//! The demo model: its bytes are in the program itself, and the engine reads files; so they are written to one on
//! first use. Whenever it is used, the file is held against the bytes: one that is damaged, or an older liao's, is
//! written anew. So the file that comes out of here is always the model that this program was built with.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::config::registry::DEMO;
use crate::disk;
use crate::exit::{Exit, Failed};
use crate::text::untrusted;
use crate::tr;

/// The one quantization that there is of it.
pub const QUANT: &str = "Q8_0";

/// Its file's name.
pub const FILE: &str = "demo.gguf";

const BYTES: &[u8] = include_bytes!("../../assets/demo/demo.gguf");

/// The demo model as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The file.
    pub path: PathBuf,
    /// Where it is not in the models directory: why, for who wants to know.
    pub detail: Option<String>,
}

/// The size of its file.
#[must_use]
pub fn n_bytes() -> u64 {
    BYTES.len() as u64
}

/// Sees to it that `<models>/demo/demo.gguf` is there and right. Where it cannot be written, a file in the system's
/// directory for temporary files does.
///
/// # Errors
/// Neither can be written: [`Exit::Resources`] for want of room, else [`Exit::Failure`].
pub fn place(models: &Path) -> Result<Placed, Failed> {
    place_in(models, &std::env::temp_dir())
}

fn place_in(models: &Path, temp: &Path) -> Result<Placed, Failed> {
    let folder = models.join(DEMO);
    let error = match keep(&folder) {
        Ok(path) => return Ok(Placed { path, detail: None }),
        Err(error) => error,
    };
    let aside = temp.join(aside_name());
    match disk::create_private(&aside).and_then(|()| check_owner(&aside)).and_then(|()| keep(&aside)) {
        Ok(path) => {
            let (folder, aside) = (untrusted::path(&folder), untrusted::path(&aside));
            let detail = tr!(
                "{folder} 写不了（{error}），演示模型放在 {aside}",
                "{folder} cannot be written ({error}); the demo model is in {aside}"
            );
            Ok(Placed { path, detail: Some(detail) })
        }
        Err(second) => Err(nowhere([(folder.as_path(), &error), (aside.as_path(), &second)])),
    }
}

/// The file in this folder, written where it is not right.
fn keep(folder: &Path) -> io::Result<PathBuf> {
    let path = folder.join(FILE);
    if is_right(&path) {
        return Ok(path);
    }
    disk::create_private(folder)?;
    match disk::write_whole(&path, BYTES) {
        // Another liao may have written it meanwhile and, on Windows, hold it open.
        Err(error) if !is_right(&path) => Err(error),
        _ => Ok(path),
    }
}

fn is_right(path: &Path) -> bool {
    let is_of_length = |is: fs::Metadata| is.is_file() && is.len() == BYTES.len() as u64;
    fs::metadata(path).is_ok_and(is_of_length) && has_the_bytes(path).unwrap_or(false)
}

fn has_the_bytes(path: &Path) -> io::Result<bool> {
    let mut file = fs::File::open(path)?;
    let mut piece = vec![0; 1 << 18];
    let mut rest = BYTES;
    loop {
        let n = file.read(&mut piece)?;
        match rest.strip_prefix(&piece[..n]) {
            _ if n == 0 => return Ok(rest.is_empty()),
            Some(behind) => rest = behind,
            None => return Ok(false),
        }
    }
}

/// A folder for temporary files is everybody's, so each person has one of their own in it.
fn aside_name() -> String {
    #[cfg(unix)]
    let whose = format!("-{}", rustix::process::getuid().as_raw());
    #[cfg(not(unix))]
    let whose = "";
    format!("liao-demo{whose}")
}

/// Where everybody may make folders, this one may be someone else's trap: what is in it could be changed behind us.
#[cfg(unix)]
fn check_owner(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let is = fs::symlink_metadata(folder)?;
    let is_ours = is.is_dir() && is.uid() == rustix::process::getuid().as_raw() && is.mode() & 0o022 == 0;
    if is_ours { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

#[cfg(not(unix))]
fn check_owner(_: &Path) -> io::Result<()> {
    Ok(())
}

fn nowhere(tried: [(&Path, &io::Error); 2]) -> Failed {
    let is_full = |error: &io::Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let exit = if tried.iter().any(|(_, error)| is_full(error)) { Exit::Resources } else { Exit::Failure };
    let [(folder, error), (aside, second)] = tried.map(|(folder, error)| (untrusted::path(folder), error));
    let n_mb = BYTES.len().div_ceil(1_000_000);
    Failed::new(
        exit,
        tr!(
            "内置的演示模型要先写成文件，却没有地方写：{folder}（{error}），{aside}（{second}）。请腾出 {n_mb} MB，或换一个能写的目录：LIAO_HOME=目录 liao",
            "the built-in demo model has to be written to a file first, and there is no place for it: {folder} ({error}), {aside} ({second}). Make room for {n_mb} MB, or name a directory that can be written: LIAO_HOME=DIR liao"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn the_bytes_are_a_small_gguf() {
        assert!(BYTES.starts_with(b"GGUF") && BYTES.len() <= 8_000_000, "{} bytes", BYTES.len());
    }

    #[test]
    fn whatever_lies_there_the_right_file_comes_out() {
        let dir = TempDir::new().unwrap();
        let place = || place_in(dir.path(), &dir.path().join("unused")).unwrap();
        let expected = Placed { path: dir.path().join("demo/demo.gguf"), detail: None };
        assert_eq!(place(), expected);
        let mut last_bit = BYTES.to_vec();
        *last_bit.last_mut().unwrap() ^= 1;
        let mut longer = BYTES.to_vec();
        longer.push(0);
        for wrong in [&b""[..], b"GGUF", &BYTES[..BYTES.len() - 1], &last_bit, &longer] {
            fs::write(&expected.path, wrong).unwrap();
            assert!(!is_right(&expected.path));
            assert_eq!(place(), expected);
            assert!(fs::read(&expected.path).unwrap() == BYTES);
        }
        let written = fs::metadata(&expected.path).unwrap().modified().unwrap();
        assert_eq!(place(), expected);
        assert_eq!(fs::metadata(&expected.path).unwrap().modified().unwrap(), written, "left as it was");
        assert_eq!(fs::read_dir(dir.path().join("demo")).unwrap().count(), 1);
        assert!(!dir.path().join("unused").exists());
    }

    /// A models directory that cannot be written, by root either: it is a file.
    fn no_folder(dir: &TempDir) -> PathBuf {
        let path = dir.path().join("models");
        fs::write(&path, "").unwrap();
        path
    }

    #[test]
    fn where_the_models_directory_cannot_be_written_a_temporary_file_does() {
        let dir = TempDir::new().unwrap();
        let (models, temp) = (no_folder(&dir), dir.path().join("tmp"));
        let placed = place_in(&models, &temp).unwrap();
        assert_eq!(placed.path, temp.join(aside_name()).join("demo.gguf"));
        assert!(fs::read(&placed.path).unwrap() == BYTES);
        let detail = placed.detail.clone().unwrap();
        assert!(detail.contains("models/demo") && detail.contains("os error"), "{detail}");
        let written = fs::metadata(&placed.path).unwrap().modified().unwrap();
        assert_eq!(place_in(&models, &temp).unwrap(), placed);
        assert_eq!(fs::metadata(&placed.path).unwrap().modified().unwrap(), written, "left as it was");
    }

    #[cfg(unix)]
    #[test]
    fn a_temporary_folder_that_others_may_write_is_not_used() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = TempDir::new().unwrap();
        let (models, temp) = (no_folder(&dir), dir.path().join("tmp"));
        let folder = temp.join(aside_name());
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(place_in(&models, &temp).unwrap_err().exit, Exit::Failure);
        fs::remove_dir(&folder).unwrap();
        let elsewhere = dir.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, &folder).unwrap();
        assert_eq!(place_in(&models, &temp).unwrap_err().exit, Exit::Failure);
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    }

    #[test]
    fn with_no_place_at_all_it_says_where_and_what_to_do() {
        let dir = TempDir::new().unwrap();
        let models = no_folder(&dir);
        let failed = place_in(&models, &models).unwrap_err();
        assert_eq!(failed.exit, Exit::Failure);
        for part in ["models/demo（", aside_name().as_str(), "LIAO_HOME=", "MB"] {
            assert!(failed.message.contains(part), "{part}: {failed}");
        }
        let (full, other) =
            (io::Error::from(io::ErrorKind::StorageFull), io::Error::from(io::ErrorKind::NotADirectory));
        let exit = |first, second| nowhere([(models.as_path(), first), (models.as_path(), second)]).exit;
        assert_eq!([exit(&full, &other), exit(&other, &full)], [Exit::Resources; 2]);
        assert_eq!(exit(&other, &other), Exit::Failure);
    }
}
