//! `liao config`: every setting and where it came from.

use super::{Call, open};
use crate::exit::Exit;
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

pub(super) fn run(call: &mut Call) -> anyhow::Result<Exit> {
    if call.config.settings.model().is_none() {
        // What would hold, not what was said.
        open::settle(&mut call.config);
    }
    let rows = call.config.settings.describe();
    if call.json {
        for row in &rows {
            call.output.json_line(row)?;
        }
        return Ok(Exit::Success);
    }
    let width = rows.iter().map(|row| row.key.len()).max().unwrap_or(0);
    let file = untrusted::path(&call.config.paths.config_file);
    let mut page = tr!("# 配置文件 {file}\n", "# config file {file}\n");
    for row in &rows {
        let value = row.value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        let (key, value, origin) = (row.key, Untrusted(&value), &row.origin);
        page.push_str(&format!("{key:width$}  {value}  ({origin})\n"));
    }
    call.output.list(&page)?;
    Ok(Exit::Success)
}
