//! `liao doctor`: everything that a conversation needs, looked at one thing after another, each told in a line as soon as
//! it is known: well, worth a look, or broken, and what to do about it. It changes nothing; only the demo model may
//! have to be written to its file, as on any use.

mod config;
mod engine;
mod finding;
mod machine;
mod models;
mod places;
mod program;
mod sentences;
mod terminal;

use super::{Session, open};
use crate::exit::{Exit, Failed};
use crate::tr;
use finding::Report;

/// `faults` is what is wrong with the settings.
pub(super) fn run(session: &mut Session, faults: &[Failed]) -> anyhow::Result<Exit> {
    // Nothing here is lost when a Ctrl-C ends it.
    session.interrupts.clone().while_waiting(|| examine(session, faults))
}

fn examine(session: &mut Session, faults: &[Failed]) -> anyhow::Result<Exit> {
    let locale = terminal::Locale::of(&session.environment);
    let mut report = Report::new(session.json, locale.is_utf8());
    let findings = terminal::findings(session, &locale);
    report.tell(&mut session.output, "terminal", &tr!("终端", "terminal"), findings)?;

    let started = engine::start(session.config.settings.verbosity() >= 2);
    let findings = program::findings(&started);
    report.tell(&mut session.output, "program", &tr!("程序", "program"), findings)?;
    let findings = machine::findings(session);
    report.tell(&mut session.output, "machine", &tr!("机器", "machine"), findings)?;
    let findings = places::findings(session);
    report.tell(&mut session.output, "folders", &tr!("目录", "folders"), findings)?;

    if session.config.settings.model().is_none() {
        // What would hold, not what was said.
        open::settle(&mut session.config);
    }
    let findings = config::findings(session, faults);
    report.tell(&mut session.output, "settings", &tr!("设置", "settings"), findings)?;
    let (mut findings, in_force) = models::findings(session);
    if let (Some(path), Ok((engine, _))) = (in_force, started) {
        findings.push(engine::round_trip(engine, &path));
    }
    report.tell(&mut session.output, "models", &tr!("模型", "models"), findings)?;
    report.end(&mut session.output)?;
    Ok(if report.is_broken() { Exit::Failure } else { Exit::Success })
}
