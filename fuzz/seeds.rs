//! Writes a corpus to begin with: `seeds FOLDER` puts good files of every kind into `FOLDER/TARGET/`.

#[path = "../tests/support/checkpoint.rs"]
mod checkpoint;
#[path = "../tests/support/gguf.rs"]
mod gguf;
#[path = "../tests/support/good.rs"]
mod good;

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder: PathBuf = env::args_os().nth(1).ok_or(io::ErrorKind::InvalidInput)?.into();
    for (i, (target, bytes)) in good::files().into_iter().enumerate() {
        fs::create_dir_all(folder.join(target))?;
        fs::write(folder.join(target).join(format!("good-{i}")), bytes)?;
    }
    Ok(())
}
