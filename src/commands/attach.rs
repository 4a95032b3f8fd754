//! `-f`: files for the first question. They are read before the model is loaded, so that what is wrong with one is told
//! at once.

use std::path::PathBuf;

use super::Call;
use crate::talk::Talk;
use crate::talk::files::{self, File};

/// Reads the files that the command line names. Any that cannot stand in a question ends it.
pub(super) fn read(call: &mut Call, paths: &[PathBuf]) -> anyhow::Result<Vec<File>> {
    let mut read = Vec::new();
    for path in paths {
        let room = files::room_bytes(&read, call.config.settings.ctx());
        let file = files::read(path, &call.config.settings, room)?;
        for notice in file.notices() {
            call.output.notice(&notice);
        }
        read.push(file);
    }
    Ok(read)
}

/// Has them wait for the first question.
pub(super) fn attach(call: &mut Call, talk: &mut Talk, files: Vec<File>) -> anyhow::Result<()> {
    for file in files {
        let (_, line) = talk.attach(file)?;
        call.verbose(&line);
    }
    Ok(())
}
