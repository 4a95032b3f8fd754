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

use super::{Call, open};
use crate::exit::{Exit, Failed};
use crate::tr;
use finding::Report;

/// `faults` is what is wrong with the settings.
pub(super) fn run(call: &mut Call, faults: &[Failed]) -> anyhow::Result<Exit> {
    // Nothing here is lost when a Ctrl-C ends it.
    call.interrupts.clone().while_waiting(|| examine(call, faults))
}

fn examine(call: &mut Call, faults: &[Failed]) -> anyhow::Result<Exit> {
    let locale = terminal::Locale::of(&call.environment);
    let mut report = Report::new(call.json, locale.is_utf8());
    let findings = terminal::findings(call, &locale);
    report.tell(&mut call.output, "terminal", &tr!("终端", "terminal"), findings)?;

    let started = engine::start(call.config.settings.verbosity() >= 2);
    let findings = program::findings(&started);
    report.tell(&mut call.output, "program", &tr!("程序", "program"), findings)?;
    let findings = machine::findings(call);
    report.tell(&mut call.output, "machine", &tr!("机器", "machine"), findings)?;
    let findings = places::findings(call);
    report.tell(&mut call.output, "folders", &tr!("目录", "folders"), findings)?;

    if call.config.settings.model().is_none() {
        // What would hold, not what was said.
        open::settle(&mut call.config);
    }
    let findings = config::findings(call, faults);
    report.tell(&mut call.output, "settings", &tr!("设置", "settings"), findings)?;
    let (mut findings, in_force) = models::findings(call);
    if let (Some(path), Ok((engine, _))) = (in_force, started) {
        findings.push(engine::round_trip(engine, &path));
    }
    report.tell(&mut call.output, "models", &tr!("模型", "models"), findings)?;
    report.end(&mut call.output)?;
    Ok(if report.is_broken() { Exit::Failure } else { Exit::Success })
}
