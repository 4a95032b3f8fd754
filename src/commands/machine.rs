//! What this machine has, for `plan`: memory within every limit that holds for this process, and cores.

use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System, get_current_pid};

use crate::config::Environment;
use crate::exit::Failed;
use crate::plan::Needed;
use crate::text::Untrusted;
use crate::tr;

/// Memory that this process may still take, in bytes: what the system calls available, within the cgroup's limit,
/// the process's own (`ulimit -v`) and `LIAO_MEMORY`. `held` is what a model takes that is loaded and stays so.
///
/// # Errors
/// A usage error: `LIAO_MEMORY` is no amount of memory.
pub(super) fn free_memory_bytes(environment: &Environment, held: Option<&Needed>) -> Result<u64, Failed> {
    // Not the cgroup's "free memory": that counts the page cache as taken, and the weights of the last run with it.
    let rest = |limits: &sysinfo::CGroupLimits| limits.total_memory.saturating_sub(limits.rss);
    let bytes = within(environment, System::available_memory, rest)?;
    let Some(held) = held else { return Ok(bytes) };
    // Weights in use are page cache too, and count as available; of a made-up machine, all that is held is gone.
    let own = memory_cap(environment)?.map_or(u64::MAX, |cap| cap.saturating_sub(held.total()));
    Ok(bytes.saturating_sub(held.weights).min(own))
}

/// The memory of this machine, whatever is in it just now, within the cgroup's limit and the process's own; with
/// `LIAO_MEMORY`, that much, as if this were such a machine.
///
/// # Errors
/// As [`free_memory_bytes`].
pub(super) fn memory_bytes(environment: &Environment) -> Result<u64, Failed> {
    match memory_cap(environment)? {
        Some(bytes) => Ok(bytes),
        None => within(environment, System::total_memory, |limits| limits.total_memory),
    }
}

fn within(
    environment: &Environment,
    of_system: impl Fn(&System) -> u64,
    of_cgroup: impl Fn(&sysinfo::CGroupLimits) -> u64,
) -> Result<u64, Failed> {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    // A system that does not tell has as much as asked for: the kernel has the last word.
    let mut bytes = u64::MAX;
    if let Ok(mut system) = System::new_with_specifics(memory) {
        bytes = of_system(&system);
        let own = get_current_pid().ok();
        if let Some(own) = own {
            system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, ProcessRefreshKind::nothing());
        }
        if let Some(limits) = own.and_then(|own| system.process(own)?.cgroup_limits()) {
            bytes = bytes.min(of_cgroup(&limits));
        }
    }
    Ok(bytes.min(address_space_limit()).min(memory_cap(environment)?.unwrap_or(u64::MAX)))
}

#[cfg(unix)]
fn address_space_limit() -> u64 {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::As).current.unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
fn address_space_limit() -> u64 {
    u64::MAX
}

/// Physical cores that this process may use: two threads on one core gain nothing here.
pub(super) fn cores() -> u32 {
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    let physical = System::physical_core_count().unwrap_or(allowed);
    u32::try_from(physical.min(allowed).max(1)).unwrap_or(1)
}

/// `LIAO_MEMORY`: take no more than this, although there may be more. `6G`, `512M`, or bytes.
fn memory_cap(environment: &Environment) -> Result<Option<u64>, Failed> {
    let Some(typed) = environment.text("LIAO_MEMORY")? else { return Ok(None) };
    match parse_bytes(&typed) {
        Some(bytes) => Ok(Some(bytes)),
        None => {
            let typed = Untrusted(&typed);
            Err(Failed::usage(tr!(
                "LIAO_MEMORY={typed}：应为内存大小，如 6G 或 512M",
                "LIAO_MEMORY={typed}: expected an amount of memory, such as 6G or 512M"
            )))
        }
    }
}

fn parse_bytes(typed: &str) -> Option<u64> {
    let typed = typed.trim().to_ascii_lowercase();
    let typed = typed.trim_end_matches('b').trim_end_matches('i');
    let (number, unit) = match typed.strip_suffix(['k', 'm', 'g', 't']) {
        Some(number) => (number, 10 * (1 + "kmgt".find(&typed[number.len()..])? as u32)),
        None => (typed, 0),
    };
    let number: f64 = number.trim().parse().ok()?;
    let bytes = number * 2_f64.powi(i32::try_from(unit).ok()?);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a sensible amount")]
    (bytes.is_finite() && (1.0..1e18).contains(&bytes)).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::parse_bytes;

    #[test]
    fn amounts_of_memory() {
        for (typed, bytes) in [
            ("6G", Some(6 << 30)),
            ("6GiB", Some(6 << 30)),
            ("1.5g", Some(3 << 29)),
            (" 512 M ", Some(512 << 20)),
            ("1048576", Some(1 << 20)),
            ("", None),
            ("-1G", None),
            ("G", None),
            ("nan", None),
            ("much", None),
        ] {
            assert_eq!(parse_bytes(typed), bytes, "{typed:?}");
        }
    }
}
